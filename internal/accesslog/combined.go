package accesslog

// combinedKind is Apache's combined and nginx's default format.
func combinedKind() Kind {
	f := ncsa{agents: true}
	return Kind{Name: "combined", Title: "combined, of Apache, nginx and others", Format: f, Sure: f.sure}
}

// vhostKind is Apache's vhost_combined.
func vhostKind() Kind {
	f := ncsa{agents: true, vhost: true}
	return Kind{Name: "vhost", Title: "combined with the site in front (vhost_combined)", Format: f, Sure: f.sure}
}
