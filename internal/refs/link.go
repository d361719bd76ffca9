package refs

import "strings"

// linkRef says what a link element or header with these attributes is for.
// The first relation that says so counts, in the order of what goes wrong when
// it is left out.
func linkRef(rel, mediaType string, hreflang bool) Ref {
	r := Ref{Rel: rel}
	words := strings.Fields(rel)
	for _, embed := range []bool{true, false} {
		for _, word := range words {
			use, known := relUses[word]
			if known && (use == Embed) == embed {
				r.Use = use
				r.Absolute = word == "canonical"
				return r
			}
			if strings.HasPrefix(word, "apple-touch-icon") {
				r.Use = Embed
				return r
			}
		}
	}
	for _, word := range words {
		switch {
		case word == "alternate":
			r.Use = alternateUse(mediaType)
			r.Absolute = hreflang
		case strings.HasPrefix(word, "openid"), strings.HasPrefix(word, "http"):
			r.Use = Service
		}
	}
	return r
}

// relUses are the relations that are not Link.
var relUses = map[string]Use{
	"stylesheet": Embed, "icon": Embed, "mask-icon": Embed, "fluid-icon": Embed, "image_src": Embed,
	"apple-touch-startup-image": Embed, "preload": Embed, "modulepreload": Embed, "manifest": Embed,
	"import": Embed, "thumbnail": Embed, "enclosure": Embed,
	"canonical": Name, "profile": Name, "self": Name, "original": Name,
	"shortlink": Shortlink, "shorturl": Shortlink,
	"pingback": Service, "edituri": Service, "wlwmanifest": Service, "https://api.w.org/": Service,
	"dns-prefetch": Service, "preconnect": Service, "webmention": Service, "micropub": Service, "microsub": Service,
	"hub": Service, "authorization_endpoint": Service, "token_endpoint": Service, "indieauth-metadata": Service,
	"edit": Service, "edit-media": Service,
}

// alternateUse tells feeds and descriptions from other versions of a page.
func alternateUse(mediaType string) Use {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	switch mediaType = strings.TrimSpace(mediaType); mediaType {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/xml", "application/xml":
		return Feed
	case "application/json+oembed", "text/xml+oembed", "application/xml+oembed":
		return OEmbed
	case "application/json":
		return Service // WordPress names the REST API of each page so
	}
	return Link
}

// metaRef says what the content of a meta element of that name is; asWords
// stands for no reference, asLazy for one that need not be a URL.
func metaRef(name string) (Ref, how) {
	switch name {
	case "og:url", "twitter:url", "identifier-url":
		return Ref{Use: Name, Absolute: true}, asURL
	case "twitter:player", "twitter:player:stream":
		return Ref{Use: Link, Absolute: true}, asURL
	case "msapplication-starturl":
		return Ref{Use: Link}, asURL
	case "msapplication-config", "msapplication-tileimage", "msapplication-square70x70logo",
		"msapplication-square150x150logo", "msapplication-wide310x150logo", "msapplication-square310x310logo":
		return Ref{Use: Embed}, asLazy
	case "image", "thumbnail", "thumbnailurl", "contenturl", "logo", "embedurl", "twitter:image:src":
		return Ref{Use: Embed, Absolute: true}, asLazy
	case "url", "mainentityofpage", "sameas":
		return Ref{Use: Name, Absolute: true}, asLazy
	}
	if !strings.HasPrefix(name, "og:") && !strings.HasPrefix(name, "twitter:") {
		return Ref{}, asWords
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, ":secure_url"), ":url")
	for _, media := range []string{"image", "video", "audio"} {
		if strings.HasSuffix(name, ":"+media) || strings.HasSuffix(name, ":"+media+"0") {
			return Ref{Use: Embed, Absolute: true}, asURL
		}
	}
	return Ref{}, asWords
}

// metaWords reports whether the content of a meta element is text for people.
func metaWords(name string) bool {
	switch name {
	case "description", "keywords", "author", "generator", "viewport", "robots", "title", "og:title", "og:description",
		"og:site_name", "og:type", "og:locale", "twitter:title", "twitter:description", "twitter:card", "twitter:site",
		"twitter:creator", "twitter:label1", "twitter:label2", "twitter:data1", "twitter:data2", "theme-color",
		"article:published_time", "article:modified_time", "article:tag", "article:section", "copyright":
		return true
	}
	return false
}

// Refresh reads a refresh header, or the content of a meta element that stands
// for one, and returns where in s its URL lies. It is not ok if s only reloads.
func Refresh(s string) (start, end int, ok bool) {
	i := skipSpace(s, 0)
	digits := i
	for i < len(s) && (isDigit(s[i]) || s[i] == '.') {
		i++
	}
	if i == digits || i == len(s) || !isSpace(s[i]) && s[i] != ';' && s[i] != ',' {
		return 0, 0, false
	}
	i = skipSpace(s, i)
	if i < len(s) && (s[i] == ';' || s[i] == ',') {
		i = skipSpace(s, i+1)
	}
	if len(s) >= i+3 && strings.EqualFold(s[i:i+3], "url") {
		if j := skipSpace(s, i+3); j < len(s) && s[j] == '=' {
			i = skipSpace(s, j+1)
		}
	}
	end = len(s)
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		if n := strings.IndexByte(s[i+1:], s[i]); n >= 0 {
			end = i + 1 + n
		}
		i++
	}
	for end > i && s[end-1] <= ' ' {
		end--
	}
	return i, end, i < end
}

func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}
