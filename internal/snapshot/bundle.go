package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"buzzproof/internal/coding"
)

// A Bundle is what was made from one entry in one go: a page's text
// renditions, say, or a picture in all its sizes. On disk it is one file: a
// line of JSON, then the bytes of the parts.
type Bundle struct {
	Schema  int               `json:"schema"`
	Key     string            `json:"key"`             // names what it was made from, and how
	Needs   map[string]string `json:"needs,omitempty"` // what else of the site was looked at: digest by URL, "" for what was not there
	Parts   []Part            `json:"parts"`
	Uses    []string          `json:"uses,omitempty"`    // URLs whose own bundles the parts refer to
	Image   string            `json:"image,omitempty"`   // URL of the picture that stands for the page
	Notices []string          `json:"notices,omitempty"` // what the owner should know
	Figures map[string]int64  `json:"figures,omitempty"` // what else the maker found out

	file    string // on disk; empty while it is put together
	start   int64  // where the parts begin in file
	content []byte // of the parts, while it is put together
}

// A Part is one thing of a bundle, such as a lite page.
type Part struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`   // Content-Type
	Size    int64   `json:"size"`   // bytes, uncoded
	Digest  string  `json:"sha256"` // of the uncoded bytes
	Codings []Coded `json:"codings"`
}

// A Coded is a part in one content coding.
type Coded struct {
	Coding string `json:"coding"` // "br", "zstd", "gzip" or "identity"
	Offset int64  `json:"offset"` // after the line of JSON
	Size   int64  `json:"size"`
	Digest string `json:"sha256"` // of the coded bytes: a torn file must not reach a visitor
}

// In returns the part in a coding; ok is false if it was not made in it.
func (p *Part) In(c coding.Coding) (coded Coded, ok bool) {
	for _, coded := range p.Codings {
		if coded.Coding == c.String() {
			return coded, true
		}
	}
	return Coded{}, false
}

// Smallest is the size of the part in its shortest coding.
func (p *Part) Smallest() int64 {
	least := p.Size
	for _, coded := range p.Codings {
		least = min(least, coded.Size)
	}
	return least
}

// Part returns the part of that name, or nil.
func (b *Bundle) Part(name string) *Part {
	for i := range b.Parts {
		if b.Parts[i].Name == name {
			return &b.Parts[i]
		}
	}
	return nil
}

// Add appends a part with all the codings of it that are worth keeping. plain
// is not kept itself unless it stands among coded.
func (b *Bundle) Add(name, contentType string, plain []byte, coded map[coding.Coding][]byte) {
	p := Part{Name: name, Type: contentType, Size: int64(len(plain)), Digest: digestOf(plain)}
	for c := range coding.Count {
		data, ok := coded[c]
		if !ok {
			continue
		}
		p.Codings = append(p.Codings, Coded{c.String(), int64(len(b.content)), int64(len(data)), digestOf(data)})
		b.content = append(b.content, data...)
	}
	b.Parts = append(b.Parts, p)
}

// Read returns a part in a coding in which it was made.
func (b *Bundle) Read(p *Part, c coding.Coding) ([]byte, error) {
	coded, ok := p.In(c)
	if !ok {
		return nil, fmt.Errorf("read %s of %s: not made in %s", p.Name, b.file, c)
	}
	data, err := b.read(coded)
	if err == nil && digestOf(data) != coded.Digest {
		err = errors.New("its content is not what it was")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", p.Name, b.file, err)
	}
	return data, nil
}

func (b *Bundle) read(coded Coded) (data []byte, err error) {
	if b.file == "" {
		return b.content[coded.Offset : coded.Offset+coded.Size], nil
	}
	f, err := os.Open(b.file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if held := info.Size() - b.start; coded.Offset < 0 || coded.Size < 0 || coded.Offset > held || coded.Size > held-coded.Offset {
		return nil, errors.New("it was cut off")
	}
	data = make([]byte, coded.Size)
	_, err = f.ReadAt(data, b.start+coded.Offset)
	return data, err
}

// Plain returns the uncoded bytes of a part.
func (b *Bundle) Plain(p *Part) ([]byte, error) {
	for c := coding.Count; c > 0; c-- {
		if _, ok := p.In(c - 1); !ok {
			continue
		}
		data, err := b.Read(p, c-1)
		if err != nil {
			return nil, err
		}
		return coding.Decode(data, c-1, p.Size)
	}
	return nil, fmt.Errorf("read %s of %s: kept in no coding", p.Name, b.file)
}

// marshal returns the bundle as it lies on disk.
func (b *Bundle) marshal() ([]byte, error) {
	b.Schema = Schema
	head, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	content := b.content
	if b.file != "" { // it goes from one folder to another
		if content, err = b.read(Coded{Size: b.length()}); err != nil {
			return nil, err
		}
	}
	return append(append(head, '\n'), content...), nil
}

// longestHead bounds the line of JSON: a page that looks at 10,000 files needs
// a megabyte.
const longestHead = 16 << 20

// readBundle reads the head of a bundle's file. A file that was cut off, as by
// a full disk, is an error: what it lacks would never be made again.
func readBundle(name string) (*Bundle, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := bufio.NewReader(io.LimitReader(f, longestHead)).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	b := &Bundle{file: name, start: int64(len(head))}
	if err := json.Unmarshal(bytes.TrimSpace(head), b); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if b.Schema != Schema {
		return nil, fmt.Errorf("read %s: schema %d is not %d: made by another version of buzzproof", name, b.Schema, Schema)
	}
	info, err := f.Stat()
	if err == nil && info.Size()-b.start < b.length() {
		err = errors.New("it was cut off")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

// length is how many bytes the parts have on disk.
func (b *Bundle) length() int64 {
	var end int64
	for _, p := range b.Parts {
		for _, c := range p.Codings {
			end = max(end, c.Offset+c.Size)
		}
	}
	return end
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
