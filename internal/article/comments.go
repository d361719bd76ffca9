package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// mostComments bounds what is kept of them; a page with more is a forum.
const mostComments = 5000

// comments reads what visitors wrote below the article.
func (r *reader) comments(h *head) []Comment {
	var found []Comment
	var open []int // comments around the spot, outermost first
	for i := range r.spots {
		for len(open) > 0 && i >= r.spots[open[len(open)-1]].end {
			open = open[:len(open)-1]
		}
		if len(found) >= mostComments || !r.comment(i, open) {
			continue
		}
		if c, ok := r.readComment(i, len(open)); ok {
			found = append(found, c)
			open = append(open, i)
		}
	}
	return found
}

// comment reports whether the element at spot i is one comment.
func (r *reader) comment(i int, open []int) bool {
	n := r.spots[i].n
	if r.tag(i) == 0 && n.Type != html.ElementNode || inline[n.DataAtom] || i == 0 {
		return false
	}
	class := strings.Fields(attr(n, "class"))
	is := false
	for _, name := range class {
		switch name {
		case "comment", "h-cite", "u-comment", "comment-item", "comment__item", "single-comment", "hentry-comment", "comment-entry", "hcomment":
			is = true
		case "comment-list", "comments":
			return false
		}
	}
	if attr(n, "itemprop") == "comment" || strings.HasSuffix(attr(n, "itemtype"), "schema.org/Comment") || strings.HasSuffix(attr(n, "itemtype"), "UserComments") {
		is = true
	}
	if !is && r.tag(i) == atom.Article {
		up := r.above(r.spots[i].up, func(k int) bool { return r.spots[k].mark&answers != 0 })
		is = up >= 0 && len(open) == 0
	}
	if !is || len(open) == 0 {
		return is
	}
	// The element right within a comment that has the same class is its body.
	return r.spots[i].up != open[len(open)-1] || r.tag(r.spots[i].up) != atom.Li
}

// parts are what lies in one comment and not in one below it.
func (r *reader) readComment(i, depth int) (Comment, bool) {
	c := Comment{ID: attr(r.spots[i].n, "id"), Depth: depth}
	text, loose := -1, []int(nil)
	for k := i + 1; k < r.spots[i].end; k++ {
		n := r.spots[k].n
		if n.Type != html.ElementNode {
			continue
		}
		class := attr(n, "class")
		switch {
		case r.comment(k, []int{i}) && r.deeper(k, i), strings.Contains(class, "children") && r.tag(k) != atom.A, n.DataAtom == atom.Form:
			k = r.spots[k].end - 1
		case c.ID == "" && has(n, "id") && text < 0:
			c.ID = attr(n, "id")
		}
		if k >= r.spots[i].end || r.spots[k].n != n {
			continue
		}
		r.readPart(&c, k, &text, &loose)
	}
	if text >= 0 {
		c.Body = r.copyOf([]int{text})
	} else if len(loose) > 0 {
		c.Body = r.copyOf(loose)
	}
	return c, c.Body != nil
}

// deeper reports whether spot k is a comment of its own, not the box of i.
func (r *reader) deeper(k, i int) bool {
	return r.spots[k].up != i || r.tag(k) == atom.Li || attr(r.spots[k].n, "class") == attr(r.spots[i].n, "class")
}

// readPart looks at one element of a comment.
func (r *reader) readPart(c *Comment, k int, text *int, loose *[]int) {
	n := r.spots[k].n
	class := " " + attr(n, "class") + " "
	named := func(names ...string) bool {
		for _, name := range names {
			if strings.Contains(class, " "+name+" ") {
				return true
			}
		}
		return false
	}
	prop := attr(n, "itemprop")
	switch {
	case *text >= 0 && k < r.spots[*text].end:
	case *text < 0 && (named("comment-content", "wp-block-comment-content", "comment-text", "comment_text", "comment__text", "comment__body", "comment__content", "comment-body-text", "e-content", "p-content", "p-comment", "hentry", "hreview") || prop == "text" || named("comment-body") && r.plainBody(k)):
		*text = k
	case c.Author == "" && (named("fn", "p-author", "comment-author", "comment__author", "comment-author-name", "wp-block-comment-author-name", "wp-block-comment-author", "author", "p-name", "user", "username", "by") || prop == "author" || n.DataAtom == atom.Cite):
		if r.spots[k].end-k < 40 {
			c.Author = strings.TrimSuffix(r.authorIn(k), " says:")
		}
	case n.DataAtom == atom.Time || named("dt-published") || prop == "datePublished" || prop == "dateCreated":
		if c.Published.IsZero() {
			c.Published = moment(first(attr(n, "datetime"), attr(n, "title"), attr(n, "content"), r.text(k)))
		}
	case *text < 0 && (n.DataAtom == atom.P || n.DataAtom == atom.Blockquote || n.DataAtom == atom.Pre) && !named("meta", "comment-meta", "reply", "author", "date", "comment-author") && r.paragraph(k, *loose):
		*loose = append(*loose, k)
	}
}

// authorIn prefers the name within a box that says more, such as "says:".
func (r *reader) authorIn(k int) string {
	for i := k + 1; i < r.spots[k].end; i++ {
		class := " " + attr(r.spots[i].n, "class") + " "
		if r.tag(i) == atom.Cite || strings.Contains(class, " fn ") || strings.Contains(class, " p-name ") || strings.Contains(class, " name ") {
			return r.text(i)
		}
	}
	return r.text(k)
}

// plainBody tells a comment-body that holds the words from WordPress's, which
// holds the name and the date as well.
func (r *reader) plainBody(k int) bool {
	for i := k + 1; i < r.spots[k].end; i++ {
		class := attr(r.spots[i].n, "class")
		if strings.Contains(class, "comment-content") || strings.Contains(class, "comment-author") || strings.Contains(class, "comment-text") || strings.Contains(class, "comment-meta") {
			return false
		}
	}
	return true
}

// paragraph reports whether spot k is no part of one that is kept already.
func (r *reader) paragraph(k int, loose []int) bool {
	if all, _ := r.words(k); all == 0 {
		return false
	}
	return len(loose) == 0 || k >= r.spots[loose[len(loose)-1]].end
}
