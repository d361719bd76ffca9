package guard

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"

	"buzzproof/internal/site"
)

// Three lists, read in this order: what is known better here, what everybody
// knows, and the words that the rest use of themselves.
var (
	//go:embed agents/own.txt
	ownList []byte
	//go:embed agents/crawlers.txt
	crawlerList []byte
	//go:embed agents/generic.txt
	genericList []byte
)

// A claim is what an agent says of itself.
type claim uint8

// The claims beside the classes. A tool is a library or a program that says
// nothing of who runs it; a browser is what people use; what matches nothing
// is a stranger.
const (
	claimTool claim = iota + claim(site.Scanner) + 1
	claimBrowser
	claimStranger
)

// kinds are the words at the beginning of a line. Those of the vendored list
// are its own: who measures sites for advertisers or keeps them for posterity
// walks them as a search engine does, and says so.
var kinds = map[string]claim{
	"tool": claimTool, "browser": claimBrowser,

	"social-preview": claim(site.Preview), "feed-reader": claim(site.Feed), "ai-crawler": claim(site.AI),
	"search-engine": claim(site.Search), "seo": claim(site.Search), "advertising": claim(site.Search),
	"academic": claim(site.Search), "archiver": claim(site.Search), "monitoring": claim(site.Monitor),
	"scanner": claim(site.Scanner), "http-library": claimTool, "browser-automation": claimTool,
}

// An agentList is what the lists say: marks whose numbers are lines.
type agentList struct {
	marks  *marks
	claims []claim // by line
}

// agents are the lists of this build. They are data of the program, so an
// error in them is one of the build, and a test reads them.
var agents = sync.OnceValue(func() *agentList {
	l := &agentList{marks: newMarks()}
	for _, text := range [][]byte{ownList, crawlerList, genericList} {
		if err := l.read(bytes.NewReader(text)); err != nil {
			panic("guard: " + err.Error())
		}
	}
	return l
})

// read takes in a list: a kind, a tab and a mark on each line; what begins
// with # is for people.
func (l *agentList) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		kind, written, _ := strings.Cut(line, "\t")
		what, known := kindOf(kind)
		if !known {
			return fmt.Errorf("line %d: there is no kind %q", n, kind)
		}
		if err := l.marks.add(written, len(l.claims)); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		l.claims = append(l.claims, what)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read list of agents: %w", err)
	}
	return nil
}

func kindOf(word string) (claim, bool) {
	for _, class := range site.Classes() {
		if class.String() == word {
			return claim(class), true
		}
	}
	c, known := kinds[word]
	return c, known
}
