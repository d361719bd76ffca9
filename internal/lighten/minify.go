package lighten

import (
	"fmt"
	"regexp"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/html"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/json"
	"github.com/tdewolff/minify/v2/svg"
	"github.com/tdewolff/minify/v2/xml"

	"buzzproof/internal/coding"
)

// minifier removes what no reader and no script can see: comments, needless
// white space, long ways to write a value. Tags, quotes and attributes stay,
// since style sheets and scripts may ask for them.
var minifier = func() *minify.M {
	m := minify.New()
	m.Add("text/html", &html.Minifier{
		KeepDefaultAttrVals: true, KeepDocumentTags: true, KeepEndTags: true,
		KeepQuotes: true, KeepSpecialComments: true, KeepWhitespace: true,
	})
	m.Add("text/css", &css.Minifier{})
	m.Add("image/svg+xml", &svg.Minifier{KeepComments: false})
	m.AddRegexp(regexp.MustCompile("^(application|text)/(x-)?(java|ecma)script$"), &js.Minifier{KeepVarNames: true})
	m.AddRegexp(regexp.MustCompile("[/+]json$"), &json.Minifier{KeepNumbers: true})
	m.AddRegexp(regexp.MustCompile("[/+]xml$"), &xml.Minifier{KeepWhitespace: true})
	return m
}()

// minified returns a text in fewer bytes, or the text itself where its kind is
// not known, or it cannot be read, or nothing would be gained.
func minified(text []byte, contentType string) []byte {
	short, err := minifier.Bytes(coding.MediaType(contentType), text)
	if err != nil || len(short) >= len(text) {
		return text
	}
	return short
}

// minifySetting names the setting in keys.
func (l *Lightener) minifySetting() string { return fmt.Sprint("minify ", l.config.Minify) }
