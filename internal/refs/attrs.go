package refs

import "strings"

// A how says in which syntax an attribute holds its references.
type how uint8

const (
	asWords      how = iota // text for people or scripts, never a reference
	asURL                   // one URL
	asURLs                  // URLs between white space
	asSrcset                // candidates
	asPage                  // a page
	asStyle                 // CSS
	asLazy                  // a URL for a script that loads late, if it looks like one
	asLazySrcset            // the same, of srcset
	asMethod                // a reference whose details other attributes tell
)

// A rule says what an attribute means on some elements.
type rule struct {
	on  string // names between spaces; "" for every other element
	how how
	use Use
}

// An attrKind is one known attribute; id counts them for a set of those seen.
type attrKind struct {
	id    int
	rules []rule
}

// ruleFor returns the rule of the attribute on an element, or nil.
func (k *attrKind) ruleFor(element string) *rule {
	for i := range k.rules {
		if on := k.rules[i].on; on == "" || hasWord(on, element) {
			return &k.rules[i]
		}
	}
	return nil
}

// hasWord reports whether word is one of those in list, which has a space on
// either side of each.
func hasWord(list, word string) bool {
	for i := 0; ; {
		n := strings.Index(list[i:], word)
		if n < 0 {
			return false
		}
		if i += n; list[i-1] == ' ' && list[i+len(word)] == ' ' && word != "" {
			return true
		}
		i++
	}
}

// attrKinds are the attributes that hold references, and those whose values
// are words and are not searched for addresses.
var attrKinds = knownAttrs()

func knownAttrs() map[string]*attrKind {
	kinds := map[string]*attrKind{}
	add := func(names string, rules ...rule) {
		for name := range strings.FieldsSeq(names) {
			kinds[name] = &attrKind{len(kinds), rules}
		}
	}
	add("href", rule{" a area ", asURL, Link}, rule{" base ", asURL, Base}, rule{" link ", asWords, Link}, rule{svgElements, asURL, Embed}, rule{"", asLazy, Link})
	add("content", rule{" meta ", asWords, Link})
	add("xlink:href", rule{" a ", asURL, Link}, rule{"", asURL, Embed})
	add("src", rule{srcElements, asURL, Embed}, rule{"", asLazy, Embed})
	add("srcset", rule{" img source ", asSrcset, Embed}, rule{"", asLazySrcset, Embed})
	add("imagesrcset", rule{" link ", asSrcset, Embed})
	add("poster", rule{" video ", asURL, Embed}, rule{"", asLazy, Embed})
	add("lowsrc dynsrc", rule{" img ", asURL, Embed})
	add("background", rule{" body table thead tbody tfoot tr td th ", asURL, Embed})
	add("data", rule{" object ", asURL, Embed})
	add("manifest", rule{" html ", asURL, Embed})
	add("longdesc", rule{" img iframe frame ", asURL, Link})
	add("cite", rule{" blockquote q ins del ", asURL, Name})
	add("itemid", rule{"", asURL, Name})
	add("ping", rule{" a area ", asURLs, Service})
	add("action", rule{" form ", asMethod, Form})
	add("formaction", rule{" button input ", asMethod, Form})
	add("srcdoc", rule{" iframe ", asPage, Link})
	add("style fill stroke filter clip-path mask marker marker-start marker-mid marker-end cursor",
		rule{"", asStyle, Embed})
	add(lazyImages, rule{"", asLazy, Embed})
	add("data-srcset data-lazy-srcset data-original-set data-flickity-lazyload-srcset data-bgset", rule{"", asLazySrcset, Embed})
	add("data-href data-permalink", rule{"", asLazy, Link})
	add("class id alt title name type role lang dir rel hreflang width height sizes media target for placeholder label "+
		"summary abbr aria-label aria-description aria-roledescription aria-valuetext method enctype integrity "+
		"crossorigin loading decoding async defer http-equiv property itemprop itemtype charset xmlns xmlns:xlink "+
		LeftOut, rule{"", asWords, Link})
	return kinds
}

const (
	svgElements = " image use feimage script lineargradient radialgradient pattern filter textpath mpath cursor tref animate set "
	srcElements = " img script iframe frame embed audio video source track input bgsound xml "
	lazyImages  = "data-src data-lazy-src data-lazy data-original data-bg data-bg-image data-background " +
		"data-background-image data-poster data-cfsrc data-echo data-flickity-lazyload data-image data-thumb " +
		"data-full data-full-url data-large_image data-large-image data-large-file data-medium-file data-orig-file " +
		"data-zoom-image data-hi-res-src data-retina data-src-retina data-thumbnail data-src-webp data-hires " +
		"data-video data-img data-image-src data-original-src data-large data-mfp-src data-background-src data-srclazy"
)

// looksLikeURL reports whether a value that need not be a URL plainly is one:
// it has no white space and either a slash or a file extension.
func looksLikeURL(s string) bool {
	if s == "" || strings.ContainsAny(s, " \t\n\r\f<>{}\"") {
		return false
	}
	if strings.Contains(s, "/") {
		return true
	}
	s, _, _ = strings.Cut(s, "?")
	dot := strings.LastIndexByte(s, '.')
	if ext := len(s) - dot - 1; dot < 1 || ext < 2 || ext > 5 {
		return false
	}
	for i := dot + 1; i < len(s); i++ {
		if !isLetter(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return !isDigit(s[dot+1]) // 1.25 is a number
}
