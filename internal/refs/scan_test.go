package refs

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/net/html"
)

// scanned lists the tags of a page with their attributes, as our scanner and
// as the tokenizer of x/net understand them.
func scanned(doc []byte) (ours, theirs []string) {
	l := &layer{text: doc}
	var w walk
	for s := (scanner{src: doc}); s.next(); {
		if s.kind != startToken && s.kind != endToken {
			continue
		}
		tag := s.name
		if s.kind == startToken {
			var seen []string
			for _, a := range s.attrs {
				name := string(bytes.ToLower(doc[a.name:a.nameEnd]))
				if slices.Contains(seen, name) {
					continue
				}
				seen = append(seen, name)
				tag += " " + name + "=" + string(w.value(l, a).text)
			}
			tag = "<" + tag
		}
		ours = append(ours, tag)
	}
	z := html.NewTokenizer(bytes.NewReader(doc))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ours, theirs
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			tag := "<" + token.Data
			for _, a := range token.Attr {
				tag += " " + a.Key + "=" + a.Val
			}
			theirs = append(theirs, tag)
		case html.EndTagToken:
			theirs = append(theirs, z.Token().Data)
		}
	}
}

func TestTheScannerAgreesWithATokenizer(t *testing.T) {
	for _, doc := range []string{
		`<a>`, `<A HREF=X>`, `<a b>`, `<a b=c d='e' f="g">`, `<a b = c>`, "<a\nb\t=\fc\r>", `<a b=c/>`, `<a b="c"/>`, `<a/b/c=d/>`,
		`<a b="c"d="e">`, `<a "b">`, `<a b=>`, `<a =b>`, `<a ==b>`, `<a b=c=d>`, `<a b='>'>`, `<a b="`, `<a b`, `<a`, `<`, `</`, `<>`, `</>`, `</ a>`,
		`</a b=c>`, `<a<b>`, `<a b<c>`, `<1>`, `< a>`, `a < b <c>`, `<!a>`, `<!a <b>>`, `<?a <b>>`, `<!doctype html><a>`, `<!DOCTYPE a "<b>"><c>`,
		`<!--<a>--><b>`, `<!--><a>-->`, `<!---><a>-->`, `<!--a--!><b>`, `<!--a--><b>`, `<!--a-- ><b>`, `<!-- -- --><a>`, `<!--<a>`, `<!--a--`, `<!-<a>`,
		`<title><a></title><b>`, `<title><a></titl></title ><b>`, `<TEXTAREA><a></textarea/><b>`, `<style><a></style><b>`, `<xmp><a></xmp>`,
		`<iframe><a></iframe>`, `<noembed><a></noembed>`, `<plaintext><a></plaintext>`, `<title>`, `<title/><a></title>`,
		`<script><a></script><b>`, `<script><!--<a></script><b>`, `<script><!--<script></script><a>--></script><b>`,
		`<script><!--<script></script></script><b>`, `<script><!-->"<script>"</script><b>`, `<script><!--<scripty></script><b>`,
		`<script></scripty></script\n><b>`, `<script>`, `<a b="&amp;&lt&quot;&#39;&#x27&nbsp">`, `<a b="&ampx&amp=&ltx&notit;&not;&notin;">`,
		`<a b="&#0;&#x80;&#xD800;&#x110000;&#99999999999999999999;">`, `<a b="&&amp;&a;&;&#;&#x;">`, `<a b=&amp;c>`, `<a b="&CounterClockwiseContourIntegral;&acE;">`,
	} {
		if ours, theirs := scanned([]byte(doc)); !slices.Equal(ours, theirs) {
			t.Errorf("%s:\nours   %q\ntheirs %q", doc, ours, theirs)
		}
	}
}

// FuzzScanner leaves out what the two are meant to read differently: elements
// for browsers without scripts or frames, SVG and MathML, and bytes that the
// tokenizer normalises.
func FuzzScanner(f *testing.F) {
	for _, doc := range []string{`<a b="c"d='e'f=g/>`, `<!--><title></title >`, `<script><!--<script></script>`, `</a b><!doctype c><?d>`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, name := range []string{"noscript", "noframes", "svg", "math"} {
			if bytes.Contains(bytes.ToLower(doc), []byte(name)) {
				return
			}
		}
		if hasHigh(doc) || bytes.ContainsAny(doc, "\x00\r") {
			return
		}
		if ours, theirs := scanned(doc); !slices.Equal(ours, theirs) {
			t.Errorf("%q:\nours   %q\ntheirs %q", doc, ours, theirs)
		}
	})
}
