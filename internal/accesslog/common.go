package accesslog

// commonKind is the common log format of Apache, nginx and nearly everybody.
func commonKind() Kind {
	f := ncsa{}
	return Kind{Name: "common", Title: "common log format", Format: f, Sure: f.sure}
}

// commonVHostKind is the common log format with the site in front.
func commonVHostKind() Kind {
	f := ncsa{vhost: true}
	return Kind{Name: "common-vhost", Title: "common log format with the site in front", Format: f, Sure: f.sure}
}
