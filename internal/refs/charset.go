package refs

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode/utf32"
)

// wide are the encodings in which a byte below 0x80 may not be ASCII, so that
// markup cannot be found in the bytes as they are.
func isWide(name string) bool {
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32") ||
		name == "iso-2022-jp" || name == "replacement"
}

// legacyCharset returns the encoding of that label if it contains ASCII and is
// not UTF-8.
func legacyCharset(label string) encoding.Encoding {
	if label == "" {
		return nil
	}
	enc, name := charset.Lookup(label)
	if enc == nil || name == "utf-8" || isWide(name) {
		return nil
	}
	return enc
}

// htmlCharset returns the encoding of a page whose Content-Type names none.
// What is valid UTF-8 is taken for UTF-8, whatever it says of itself.
func htmlCharset(doc []byte) encoding.Encoding {
	if utf8.Valid(doc) || bytes.HasPrefix(doc, []byte("\ufeff")) {
		return nil
	}
	enc, name, _ := charset.DetermineEncoding(doc[:min(1024, len(doc))], "text/html")
	if name == "utf-8" || isWide(name) {
		return nil
	}
	return enc
}

// Transcode returns a document in UTF-16, UTF-32 or ISO-2022 as UTF-8. All
// other documents it returns unchanged: their references are read in place.
func Transcode(doc []byte, contentType string) (text []byte, changed bool) {
	name := byteOrder(doc)
	if name == "" {
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			return doc, false
		}
		if _, name = charset.Lookup(params["charset"]); name == "" {
			name = strings.ToLower(params["charset"])
		}
	}
	if !isWide(name) {
		return doc, false
	}
	enc := wideEncoding(name)
	if enc == nil {
		return doc, false
	}
	out, err := enc.NewDecoder().Bytes(doc)
	if err != nil {
		return doc, false
	}
	return []byte(strings.TrimPrefix(string(out), "\ufeff")), true
}

// UTF8 returns a page in UTF-8, read as browsers read it. They heed a charset
// that is named far down in a page too, so one that is valid UTF-8 is not taken
// for Windows-1252 because nothing is said at its start.
func UTF8(page []byte, contentType string) []byte {
	if text, changed := Transcode(page, contentType); changed {
		return text
	}
	enc, name, certain := charset.DetermineEncoding(page[:min(1024, len(page))], contentType)
	if name == "utf-8" || name == "windows-1252" && !certain && utf8.Valid(page) {
		return page
	}
	text, err := enc.NewDecoder().Bytes(page)
	if err != nil {
		return page
	}
	return text
}

// byteOrder returns the wide encoding that a byte order mark announces, or "".
func byteOrder(doc []byte) string {
	for _, mark := range []struct{ bytes, name string }{
		{"\xff\xfe\x00\x00", "utf-32le"},
		{"\x00\x00\xfe\xff", "utf-32be"},
		{"\xff\xfe", "utf-16le"},
		{"\xfe\xff", "utf-16be"},
	} {
		if strings.HasPrefix(string(doc[:min(4, len(doc))]), mark.bytes) {
			return mark.name
		}
	}
	return ""
}

// wideEncoding adds UTF-32, which browsers no longer know, to what they know.
func wideEncoding(name string) encoding.Encoding {
	switch name {
	case "utf-32", "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "replacement":
		return nil
	}
	enc, _ := charset.Lookup(name)
	return enc
}

// encodeQuery returns a query in the charset of the document, as browsers send
// it; what the charset lacks they send as an HTML character reference.
func (w *walk) encodeQuery(query string) string {
	out, err := encoding.HTMLEscapeUnsupported(w.legacy.NewEncoder()).String(query)
	if err != nil {
		return query
	}
	return out
}

// decodeLegacy returns text in a legacy charset as UTF-8 with the way back.
func (w *walk) decodeLegacy(raw []byte) ([]byte, []mark) {
	text := make([]byte, 0, len(raw)*2)
	var marks []mark
	dec := w.legacy.NewDecoder()
	for i := 0; i < len(raw); {
		if raw[i] < 0x80 {
			text = append(text, raw[i])
			i++
			continue
		}
		var dst [4]byte
		n, size := 0, 0
		for room := 2; n == 0 && room <= len(dst); room++ { // one character at a time
			dec.Reset()
			n, size, _ = dec.Transform(dst[:room], raw[i:], true)
		}
		if size == 0 {
			n, size = copy(dst[:], "\ufffd"), 1
		}
		pos := len(text)
		text = append(text, dst[:n]...)
		marks = append(marks, mark{pos, len(text), i, i + size})
		i += size
	}
	return text, marks
}

func hasHigh(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}
