package freeze

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"buzzproof/internal/site"
)

// Classes of what a copy leaves out. They are part of the command line: each
// can be brought back with --with CLASS, but for acts.
const (
	wasteActs     = "acts"      // links that do something: log out, delete, vote, put into a basket
	wasteAdmin    = "admin"     // log-in and administration
	wasteAPI      = "api"       // doors for programs: wp-json, xmlrpc, GraphQL
	wasteReply    = "reply"     // the same page with its comment form elsewhere
	wasteSearch   = "search"    // answers to questions visitors asked
	wasteEdit     = "edit"      // a wiki's editors, histories and differences
	wasteTools    = "tools"     // a wiki's pages about pages
	wasteBasket   = "basket"    // baskets, accounts, wish lists
	wasteVariants = "variants"  // the same list in another order, the same page to print or to share
	wastePreview  = "previews"  // drafts
	wasteEndless  = "endless"   // calendars, filters and other spaces without an end
	wasteExcluded = "excluded"  // by --exclude or --include
	wasteOutside  = "outside"   // pages of the same host beside the site's own folder
	wasteService  = "discovery" // links by which programs find the API
)

// A rule recognises one class by the parts of an address.
type rule struct {
	class string
	match func(p parts) bool
}

// parts is an address taken apart once for all rules.
type parts struct {
	path     string     // lower case, unescaped
	segments []string   // of path
	named    bool       // people chose the last segment: /tag/delete/ is a page about deleting
	query    url.Values // names in lower case
	rawQuery string
}

func takeApart(a address) parts {
	rawPath, rawQuery := site.SplitKey(a)
	p := parts{path: strings.ToLower(rawPath), rawQuery: rawQuery}
	if unescaped, err := url.PathUnescape(p.path); err == nil {
		p.path = unescaped
	}
	p.segments = strings.Split(strings.Trim(p.path, "/"), "/")
	p.named = len(p.segments) > 1 && slices.Contains(labels, p.segments[len(p.segments)-2])
	if rawQuery != "" {
		p.query = lowerNames(rawQuery)
	}
	return p
}

func lowerNames(rawQuery string) url.Values {
	parsed, _ := url.ParseQuery(strings.ReplaceAll(rawQuery, ";", "&"))
	lower := make(url.Values, len(parsed))
	for name, values := range parsed {
		lower[strings.ToLower(name)] = values
	}
	return lower
}

func (p parts) base() string { return p.segments[len(p.segments)-1] }

// program is the base without the extension of a program: logout.php is logout.
func (p parts) program() string {
	base := p.base()
	if ext := path.Ext(base); slices.Contains([]string{".php", ".asp", ".aspx", ".jsp", ".do", ".cgi", ".pl"}, ext) {
		return strings.TrimSuffix(base, ext)
	}
	return base
}

func (p parts) hasSegment(names ...string) bool {
	segments := p.segments
	if p.named {
		segments = segments[:len(segments)-1]
	}
	return slices.ContainsFunc(segments, func(s string) bool { return slices.Contains(names, s) })
}

func (p parts) hasQuery(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return p.query.Has(n) })
}

// queryIs reports whether a query name has one of the values.
func (p parts) queryIs(name string, values ...string) bool {
	return slices.ContainsFunc(p.query[name], func(v string) bool {
		return slices.Contains(values, strings.ToLower(v))
	})
}

// rules stand in the order in which they are tried. The first is about safety:
// a freeze runs with nobody watching and must not press buttons.
var rules = []rule{
	{wasteActs, acts},
	{wasteAPI, func(p parts) bool {
		return p.hasSegment("wp-json", "xmlrpc.php", "wp-trackback.php", "trackback", "api.php", "rest.php", "opensearch_desc.php") ||
			p.hasQuery("rest_route", "rsd") || p.base() == "wlwmanifest.xml" || strings.Contains(p.path, "/ghost/api/") || strings.HasPrefix(p.path, "/members/api/") ||
			p.path == "/graphql" || p.path == "/api/graphql" || p.base() == "wp-cron.php" || strings.HasSuffix(p.path, "/lib/exe/xmlrpc.php") || strings.HasSuffix(p.path, "/lib/exe/ajax.php")
	}},
	{wasteAdmin, func(p parts) bool {
		return p.hasSegment("wp-admin", "wp-login.php", "wp-signup.php", "wp-activate.php", "administrator", "phpmyadmin") ||
			p.segments[0] == "ghost" && len(p.segments) == 1 || !p.named && slices.Contains([]string{"login", "signin", "sign-in", "log-in"}, p.program()) ||
			p.queryIs("do", "login", "profile", "register", "resendpwd", "admin") || isSpecial(p, "userlogin", "createaccount", "preferences", "passwordreset")
	}},
	{wasteReply, func(p parts) bool { return p.hasQuery("replytocom", "replyto") }},
	{wasteEdit, func(p parts) bool {
		return p.queryIs("action", "edit", "history", "raw", "info", "submit", "formedit", "credits", "render", "markpatrolled") ||
			p.hasQuery("oldid", "diff", "veaction", "redlink", "rev", "rev2[]", "curid") ||
			p.queryIs("do", "edit", "revisions", "diff", "draft", "source", "recent", "check", "locked", "subscribe", "backlink", "media", "index", "sitemap", "export_raw", "export_xhtml", "export_xhtmlbody") ||
			p.hasQuery("idx", "tab_files", "tab_details", "image") && strings.Contains(p.path, "doku.php") ||
			strings.HasSuffix(p.path, "/lib/exe/detail.php") && p.hasQuery("do") || p.hasQuery("printable", "mobileaction")
	}},
	{wasteTools, func(p parts) bool { return isSpecial(p) || strings.HasSuffix(p.path, "/lib/exe/mediamanager.php") }},
	{wasteBasket, func(p parts) bool {
		return p.hasSegment("cart", "checkout", "my-account", "wishlist", "panier", "commande", "mon-compte") && len(p.segments) <= 3
	}},
	{wastePreview, func(p parts) bool { return p.hasQuery("preview", "preview_id", "customize_changeset_uuid") }},
	{wasteSearch, func(p parts) bool {
		return p.hasQuery("s", "search", "searchword", "search_query", "keywords") || p.queryIs("do", "search") ||
			p.segments[0] == "search" && (len(p.segments) > 1 || p.rawQuery != "")
	}},
	{wasteVariants, func(p parts) bool {
		return p.hasQuery("orderby", "sort", "sortby", "sort_by", "print", "share", "amp", "openlinkto", "like_comment", "unapproved", "moderation-hash", "format_pdf", "do_pdf", "tmpl", "noredirect", "redirect_to") ||
			p.queryIs("redirect", "no") || p.queryIs("do", "export_pdf") ||
			p.query.Has("c") && p.query.Has("o") && len(p.rawQuery) < 12 // a folder listing of Apache: ?C=N;O=D
	}},
}

// isSpecial recognises a MediaWiki special page, of one of the given names or
// of any. Their first word is translated, but the canonical one always works.
func isSpecial(p parts, names ...string) bool {
	title := strings.ToLower(p.query.Get("title"))
	if title == "" {
		title = p.base()
		if len(p.segments) > 1 && strings.HasPrefix(p.segments[len(p.segments)-2], "special:") {
			title = p.segments[len(p.segments)-2]
		}
	}
	name, special := strings.CutPrefix(title, "special:")
	if !special {
		return false
	}
	name, _, _ = strings.Cut(name, "/")
	return len(names) == 0 || slices.Contains(names, name)
}

// A sieve says which addresses are left out, and why.
type sieve struct {
	include, exclude []string // shell patterns over public paths
	with             []string // classes that are kept after all
	front            address  // the front page, which leads to what is included
}

// class returns the class of waste an address belongs to, or "". The address
// is that of a page when link is true, else that of a part of a page.
func (v *sieve) class(a address, public string, link bool) string {
	publicPath, _ := site.SplitKey(public)
	if matchAny(v.exclude, public, publicPath) || link && len(v.include) > 0 && a != v.front && !matchAny(v.include, public, publicPath) {
		return wasteExcluded
	}
	p := takeApart(a)
	for _, r := range rules {
		if !link && r.class != wasteAPI {
			continue // a picture is a picture whatever its address says
		}
		if r.match(p) && (r.class == wasteActs || !slices.Contains(v.with, r.class)) {
			return r.class
		}
	}
	return ""
}

// matchAny matches shell patterns against a path with and without its query, as
// it is sent and as people read it. A pattern that ends in a slash or in "/*"
// covers everything below; one without any slash, such as "*.pdf", is about the
// last part.
func matchAny(patterns []string, full, bare string) bool {
	return matchSpelling(patterns, full, bare) ||
		strings.Contains(full, "%") && matchSpelling(patterns, asRead(full), asRead(bare))
}

// asRead undoes the escapes of an address, as browsers show it.
func asRead(key string) string {
	if text, err := url.PathUnescape(key); err == nil {
		return text
	}
	return key
}

func matchSpelling(patterns []string, full, bare string) bool {
	for _, pattern := range patterns {
		if ok, _ := path.Match(pattern, path.Base(bare)); ok && !strings.Contains(pattern, "/") {
			return true
		}
		if below, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasPrefix(full, below) {
			return true
		}
		if strings.HasSuffix(pattern, "/") && strings.HasPrefix(full, pattern) {
			return true
		}
		if ok, _ := path.Match(pattern, bare); ok {
			return true
		}
		if ok, _ := path.Match(pattern, full); ok {
			return true
		}
	}
	return false
}

// checkPatterns reports the first pattern that cannot match.
func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("pattern %s: %w", p, err)
		}
		switch {
		case !strings.Contains(p, "/") || strings.ContainsRune(mayBeSlash, rune(p[0])):
		case strings.Contains(p, "://"):
			return fmt.Errorf("pattern %s: want the path alone, without the name of the host, such as /blog/*", p)
		default:
			return fmt.Errorf("pattern %s: paths begin with a slash: /%s", p, p)
		}
	}
	return nil
}

// mayBeSlash is what a pattern can begin with that is like a path. A question
// mark is like any letter but a slash.
const mayBeSlash = `/*[\`

// isClass reports whether --with knows a class.
func isClass(name string) bool { return slices.Contains(classes(), name) }

func classNames() string { return strings.Join(classes(), ", ") }

// classes lists what --with can bring back.
func classes() []string {
	names := []string{wasteEndless, wasteOutside, wasteService}
	for _, r := range rules {
		if r.class != wasteActs {
			names = append(names, r.class)
		}
	}
	slices.Sort(names)
	return names
}
