package freeze

import (
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/site"
)

func TestWasteClasses(t *testing.T) {
	for class, addresses := range map[string][]string{
		wasteActs: {
			"/logout", "/tag/logout.php/logout", "/user/logout/", "/?action=delete&id=1", "/a?task=user.logout", "/?logout", "/shop/?add-to-cart=9",
			"/x?_wpnonce=1", "/x?token=1", "/wiki/Special:UserLogout", "/x?op=delete", "/?do=unsubscribe", "/a;x?ACTION=DELETE",
		},
		wasteAPI:      {"/wp-json/wp/v2/posts", "/xmlrpc.php?rsd", "/graphql", "/api/graphql", "/post/trackback/", "/?rest_route=/", "/wp-cron.php", "/ghost/api/content/"},
		wasteAdmin:    {"/wp-login.php", "/wp-admin/", "/administrator/index.php", "/login", "/login.php", "/ghost/", "/start?do=login", "/w/Special:UserLogin"},
		wasteReply:    {"/post/?replytocom=5"},
		wasteEdit:     {"/w/index.php?title=A&action=edit", "/w/index.php?oldid=5", "/start?do=edit", "/doku.php?id=a&idx=b"},
		wasteTools:    {"/wiki/Special:WhatLinksHere/Main", "/w/index.php?title=Special:Random"},
		wasteBasket:   {"/cart/", "/checkout", "/fr/panier"},
		wastePreview:  {"/?p=5&preview=true"},
		wasteSearch:   {"/?s=cat", "/search/cat/", "/search?q=cat", "/start?do=search"},
		wasteVariants: {"/shop/?orderby=price", "/post/?print=1", "/post/?share=x", "/files/?C=N;O=D"},
		"": {
			"/", "/how-to-delete-files/", "/tag/delete/", "/category/login/", "/tag/graphql/", "/2020/05/graphql/", "/author/logout/", "/search-engines/",
			"/search/", "/cartography/", "/logout-explained/", "/token-ring/", "/a/b/c/cart/", "/?p=5", "/list?page=2", "/wiki/Help:Special", "/login-problems/",
			"/post/?tag=logout", "/doku.php?id=logout", "/topic/checkout/", "/specials/", "/?id=how-to-move",
		},
	} {
		for _, address := range addresses {
			if got := (&sieve{}).class(address, address, true); got != class {
				t.Errorf("%s is %q, want %q", address, got, class)
			}
		}
	}
}

func TestPartsOfPagesAreNoWaste(t *testing.T) {
	v := sieve{include: []string{"/blog/*"}}
	for _, address := range []string{"/a.png?token=1", "/s.css?print=1", "/delete", "/wp-admin/load-styles.php", "/img.php?s=32", "/x?do=media"} {
		if got := v.class(address, address, false); got != "" {
			t.Errorf("the part %s is left out as %q", address, got)
		}
	}
	if got := v.class("/wp-json/x", "/wp-json/x", false); got != wasteAPI {
		t.Errorf("a part that is the API's is %q", got)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		name             string
		include, exclude string
		address          string
		kept             bool
	}{
		{"nothing is said", "", "", "/shop/x", true},
		{"everything below a folder", "", "/shop/*", "/shop/a/b", false},
		{"a folder beside it", "", "/shop/*", "/shopping", true},
		{"a folder by its slash", "", "/shop/", "/shop/a", false},
		{"one page", "", "/about", "/about", false},
		{"one page and no other", "", "/about", "/about/us", true},
		{"a page with its query", "", "/about", "/about?x=1", false},
		{"a question mark is any letter", "", "/p?ge", "/page", false},
		{"a question mark is no slash", "", "?lang=/de/*", "/?lang=/de/x", true},
		{"a question mark is itself, too", "", "/?lang=/de/*", "/?lang=/de/x", false},
		{"a class may be a slash", "", "[/]x/*", "/x/y", false},
		{"a path that holds a URL", "", "/web/*/http://old.example/*", "/web/2016/http://old.example/", false},
		{"a slash may be escaped", "", `\/x/*`, "/x/y", false},
		{"an extension anywhere", "", "*.pdf", "/a/b/c.pdf", false},
		{"a folder as it is read", "", "/café à lire/*", "/caf%C3%A9%20%C3%A0%20lire/x", false},
		{"a folder as it is sent", "", "/caf%C3%A9/*", "/caf%C3%A9/x", false},
		{"a folder at any depth", "", "*/private/*", "/private/x", false},
		{"only a folder", "/blog/*", "", "/blog/x", true},
		{"only a folder and not another", "/blog/*", "", "/shop/x", false},
		{"the front page is always walked", "/blog/*", "", "/", true},
		{"the front page is excluded by name", "", "/", "/", false},
		{"excluded wins", "/blog/*", "/blog/x*", "/blog/xy", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := sieve{front: "/"}
			if c.include != "" {
				v.include = []string{c.include}
			}
			if c.exclude != "" {
				v.exclude = []string{c.exclude}
			}
			if got := v.class(c.address, c.address, true); (got == "") != c.kept {
				t.Errorf("%s is %q, kept must be %v", c.address, got, c.kept)
			}
			if err := checkPatterns(slices.Concat(v.include, v.exclude)); err != nil && !c.kept {
				t.Errorf("a pattern that works is refused: %v", err)
			}
		})
	}
}

func TestClassesCanBeBroughtBack(t *testing.T) {
	if slices.Contains(classes(), wasteActs) {
		t.Error("links that act can be brought back")
	}
	v := sieve{with: classes()}
	for _, address := range []string{"/wp-json/", "/?s=x", "/cart/", "/wp-admin/", "/x?replytocom=1"} {
		if got := v.class(address, address, true); got != "" {
			t.Errorf("%s is left out as %q though everything was asked for", address, got)
		}
	}
}

func TestNoise(t *testing.T) {
	for _, c := range []struct{ name, key, want string }{
		{"trackers go", "/a?utm_source=x&b=1&fbclid=2", "/a?b=1"},
		{"nothing is left", "/a?utm_source=x", "/a"},
		{"sessions go", "/a;jsessionid=12?PHPSESSID=3&c=4", "/a?c=4"},
		{"a bare time stamp goes", "/s.css?1473107400", "/s.css"},
		{"jQuery's time stamp goes", "/x?_=1473107400123&y=1", "/x?y=1"},
		{"a version stays", "/s.css?ver=1473107400", "/s.css?ver=1473107400"},
		{"a number stays", "/x?12345", "/x?12345"},
		{"an underscore with a word stays", "/x?_=a", "/x?_=a"},
		{"the order stays", "/x?b=1&a=2", "/x?b=1&a=2"},
	} {
		if got := dropNoise(c.key); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.key, got, c.want)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"/", "/wp-json/", "/?s=a;b=c", "/special:x/", "/%zz?%zz", "//", "/tag//", "/?action=.", "/a?title=Special:"} {
		f.Add(s, true)
	}
	v := sieve{exclude: []string{"/x/*", "*.pdf"}, include: []string{"/[a-z]*"}}
	f.Fuzz(func(t *testing.T, raw string, link bool) {
		key := "/" + strings.TrimLeft(raw, "/")
		if class := v.class(key, key, link); class != "" && !isClass(class) && class != wasteActs && class != wasteExcluded {
			t.Errorf("%q is of the unknown class %q", key, class)
		}
		_, _ = shapeOf(key), isDated(key)
		if clean := dropNoise(key); len(clean) > len(key) || dropNoise(clean) != clean && !strings.Contains(key, ";") {
			t.Errorf("%q without noise is %q", key, clean)
		}
		if p, _ := site.SplitKey(key); strings.Count(p, "/") > deepest && !strays(key) {
			t.Errorf("%q does not stray", key)
		}
	})
}
