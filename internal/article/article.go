// Package article tells what a page says from how it looks: the text that a
// reader came for, who wrote it and when, what people answered, and where one
// goes from there.
//
// What was found is checked, not hoped for: the text that a person would read
// on the page is compared with the text that was kept, and a page where the
// two do not fit says so instead of losing half of its words.
package article

import (
	"net/url"
	"time"

	"golang.org/x/net/html"
)

// A Kind says what a page is for.
type Kind int

const (
	// Unsure is a page whose text was not found with confidence.
	Unsure Kind = iota
	// Post is a text to be read: an article, a wiki page, an about page.
	Post
	// List is a page that leads to others: a front page, an archive, a tag.
	List
)

// A Page is what a page says.
type Page struct {
	Kind Kind
	Why  string // for Unsure: what did not fit, for the owner

	Title     string
	Author    string
	Published time.Time // zero if the page does not say
	Modified  time.Time // zero if the page does not say
	Lang      string    // BCP 47, from the page; "" if it does not say
	Dir       string    // "rtl", "ltr" or "" as the page says or its script needs
	Site      string    // name of the site
	Summary   string    // what the page says of itself in its head

	// Body is a copy of the elements that are the text, in their order, under
	// one div: headings, paragraphs, lists, tables, figures, code. It holds
	// what the author wrote, also the elements nobody should trust; ids are
	// unchanged. The title is not repeated in it. Nil for Unsure.
	Body *html.Node

	Items    []Item    // of a List, in their order
	Comments []Comment // in the order of the page
	Menu     []Link    // the site's own navigation, at most a dozen
	Home     Link
	About    Link
	Contact  Link
	Previous Link // the older post, or the page before in a list
	Next     Link
	Feeds    []Link

	Readable int // words that a reader would find on the page, boilerplate left out
	Kept     int // how many of them are in what was found
}

// An Item is an entry of a list.
type Item struct {
	Link
	Published time.Time
	Summary   string
}

// A Link leads somewhere. The zero Link leads nowhere.
type Link struct {
	Text string
	URL  *url.URL // absolute
}

// A Comment is what a visitor wrote below an article.
type Comment struct {
	ID        string // of its element, for anchors
	Author    string
	Published time.Time
	Depth     int // 0 answers the article, 1 answers a comment
	Body      *html.Node
}
