package lite

import (
	"cmp"
	"net/url"
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// size returns the bytes of a file that the site holds, else 0.
func (s *sanitiser) size(src string) int64 {
	if u := s.base.resolve(src); u != nil && s.p.Files != nil {
		if f, ok := s.p.Files.Find(u); ok {
			return f.Size
		}
	}
	return 0
}

func fileName(src string) string {
	u, err := url.Parse(src)
	if err != nil || path.Base(u.Path) == "." || path.Base(u.Path) == "/" {
		return src
	}
	return legible(path.Base(u.Path))
}

// media sanitises what plays or is shown in a frame: a link with a good name.
func (s *sanitiser) media(n *html.Node) {
	kind, src := s.played(n)
	s.owe(n)
	href, ok := s.base.href(src)
	if !ok || src == "" || tiny(n) {
		if n.Data == "object" {
			s.children(n)
		}
		return
	}
	href, video := watch(href)
	if video {
		kind = s.p.Words.Video
	}
	name := strings.TrimSpace(fold(legible(value(n, "title") + value(n, "aria-label"))))
	if u := s.base.resolve(href); name == "" && u != nil {
		if name = u.Hostname(); n.Data != "iframe" && n.Data != "embed" || name == s.p.URL.Hostname() {
			name = fileName(href)
		}
	}
	s.soft()
	s.text(kind + " ")
	s.linkText(href, name)
	if size := s.size(href); size > 0 && n.Data != "iframe" {
		s.text(" (" + s.p.Words.Size(size) + ")")
	}
	s.soft()
}

// played says what kind of thing a media element plays, and from where.
func (s *sanitiser) played(n *html.Node) (kind, src string) {
	kind = s.p.Words.Embedded
	src = cmp.Or(value(n, "src"), value(n, "data-src"))
	switch n.Data {
	case "video":
		kind = s.p.Words.Video
	case "audio":
		kind = s.p.Words.Audio
	case "object":
		src = value(n, "data")
	}
	if c := first(n, "source"); src == "" && c != nil {
		src = value(c, "src")
	}
	return kind, src
}

// watch returns the page of a video for the address of its player.
func watch(href string) (string, bool) {
	u, err := url.Parse(href)
	if err != nil {
		return href, false
	}
	host := strings.TrimPrefix(u.Host, "www.")
	if id, ok := strings.CutPrefix(u.Path, "/embed/"); ok && (host == "youtube.com" || host == "youtube-nocookie.com") {
		return "https://www.youtube.com/watch?v=" + url.QueryEscape(id), true
	}
	if id, ok := strings.CutPrefix(u.Path, "/video/"); ok && host == "player.vimeo.com" {
		if _, err := strconv.Atoi(id); err == nil {
			return "https://vimeo.com/" + id, true
		}
	}
	return href, false
}

// drawing sanitises a drawing in SVG: its words, or what it is called.
func (s *sanitiser) drawing(n *html.Node) {
	if n.Data != "svg" {
		return
	}
	spoke := false
	for c := range n.Descendants() {
		if c.Data == "text" && c.Type == html.ElementNode && s.saysSomething(c) {
			s.gap = cmpGap(s.gap, " ")
			s.text(content(c, 10000))
			spoke = true
		}
	}
	if name := value(n, "aria-label"); !spoke && value(n, "role") == "img" && name != "" {
		s.text(name)
	}
	s.gap = cmpGap(s.gap, " ")
}
