package accesslog

// timedKind is combined with the time an answer took behind it: Apache's %D or
// %T, nginx's $request_time, also behind an X-Forwarded-For in quotes.
func timedKind() Kind {
	f := ncsa{agents: true, timed: true}
	return Kind{Name: "timed", Title: "combined with times", Format: f, Sure: f.sure}
}

// timedVHostKind is the same with the site in front.
func timedVHostKind() Kind {
	f := ncsa{agents: true, vhost: true, timed: true}
	return Kind{Name: "timed-vhost", Title: "combined with times and the site in front", Format: f, Sure: f.sure}
}
