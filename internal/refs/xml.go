package refs

// XML finds the addresses of the site in an XML document of any kind, such as
// an OpenSearch description or the style sheet of a sitemap.
func XML(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) {
		s := scanner{src: l.text, xml: true}
		for s.next() {
			switch s.kind {
			case startToken:
				for _, a := range s.attrs {
					w.loose(l, &s.token, a)
				}
			case textToken:
				w.mentions(w.decoded(l, s.inner, s.innerEnd, inText), "", "")
			case cdataToken, commentToken:
				w.mentions(l.inside(s.inner, s.innerEnd), "", "")
			case instructionToken:
				w.instruction(l, s.inner, s.innerEnd)
			}
		}
	})
}
