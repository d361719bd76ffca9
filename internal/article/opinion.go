package article

import (
	"net/url"
	"strconv"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
)

// mostAsked bounds the pages of which readability is asked: it visits elements
// again and again, so that its work grows faster than the page.
const mostAsked = 5000

// numbering is the attribute by which elements are known again.
const numbering = "data-spot"

// secondOpinion asks readability where the text is, and returns the lowest
// element that holds nearly all of what it found; -1 if it found nothing. Its
// own result is not used, since it loses content.
func (r *reader) secondOpinion() (at int) {
	if len(r.spots) == 0 || len(r.spots) > mostAsked {
		return -1
	}
	// The tree is a stranger's; a mistake of the library must not end the
	// program.
	defer func() {
		if recover() != nil {
			at = -1
		}
	}()
	parser := readability.NewParser()
	parser.DisableJSONLD = true
	found, err := parser.ParseAndMutate(r.numbered(), &url.URL{Scheme: "http", Host: "localhost"})
	if err != nil || found.Node == nil {
		return -1
	}
	weight := make([]int, len(r.spots)+1)
	for n := found.Node; n != nil; n = next(n, found.Node) {
		if i, err := strconv.Atoi(attr(n, numbering)); err == nil && i < len(r.spots) && n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
			weight[i+1] = words(n.FirstChild.Data)
		}
	}
	for i := range r.spots {
		weight[i+1] += weight[i]
	}
	return r.lowest(weight)
}

// lowest finds the lowest element that holds nine tenths of a weight.
func (r *reader) lowest(weight []int) int {
	total := weight[len(r.spots)]
	if total == 0 {
		return -1
	}
	at := 0
	for i := range r.spots {
		if r.inside(i, at) && r.spots[i].n.Type == html.ElementNode && holdsText[r.tag(i)] && 10*(weight[r.spots[i].end]-weight[i]) >= 9*total {
			at = i
		}
	}
	return at
}

// numbered copies the visible page, its elements numbered.
func (r *reader) numbered() *html.Node {
	made := make([]*html.Node, len(r.spots))
	for i := range r.spots {
		s := &r.spots[i]
		made[i] = shallow(s.n)
		if s.n.Type == html.ElementNode {
			made[i].Attr = append(made[i].Attr, html.Attribute{Key: numbering, Val: strconv.Itoa(i)})
		}
		if s.up >= 0 {
			made[s.up].AppendChild(made[i])
		}
	}
	return made[0]
}
