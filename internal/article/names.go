package article

import "strings"

// set makes a set of the words of a text.
func set(list string) map[string]bool {
	found := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		found[word] = true
	}
	return found
}

// before and after are the words of a class that say where something stands
// or that it is a box, not what it is.
var (
	before = set(`post entry article page story blog content single site main wp gh block component module section
		sd c m o l js td et elementor widget amp global primary secondary top bottom the sticky floating inline
		theme tpl mobile desktop body text fixed footer header ghost app ui after below blogpost news doc docs`)
	after = set(`buttons button links link icons icon box list area inner bar wrapper wrap container section block widget
		widgets left right top bottom primary secondary row group items item holder outer column col posts post
		articles article stories panel strip module component content contents title heading header info line form
		text card cards label data details 1 2 3 position main overlay desktop mobile grid footer body
		div nav entry count popup notice banner message modal plugin table feed reading pages root`)
)

// refusing are first words that turn the meaning of a class around, or after
// which an author's words stand: WordPress calls a post tag-gdpr.
var refusing = set(`has no with without is not hide show enable disable tag category topic`)

// anywhere are words that no author's class has.
var anywhere = set(`breadcrumb breadcrumbs sharedaddy addtoany newsletter pagination sidebar navbar jetpack
	advertisement adsbygoogle outbrain taboola cookieconsent gdpr yarpp relatedposts backtotop skiplink
	sharethis addthis mailchimp mc4wp navigation`)

// exact are whole classes and ids.
var exact = map[string]mark{
	"mw-content-text": mainPart, "mw-parser-output": body, "mw-editsection": chrome, "printfooter": chrome,
	"catlinks": chrome, "siteSub": chrome, "contentSub": chrome, "contentSub2": chrome, "mw-jump-link": chrome,
	"navbox": chrome, "ambox": chrome, "mw-indicators": chrome, "vertical-navbox": chrome, "sistersitebox": chrome,
	"toctitle": chrome, "mw-navigation": chrome, "siteNotice": chrome,
	"dw__toc": chrome, "dw-toc": chrome, "docInfo": chrome, "pageId": chrome,
	"editbutton_section": chrome, "secedit": chrome, "dokuwiki__header": chrome, "dokuwiki__footer": chrome,
	"dokuwiki__pagetools": chrome, "dokuwiki__aside": chrome, "dokuwiki__content": mainPart,
	"noprint": chrome | byName, "no-print": chrome | byName, "d-print-none": chrome | byName, "metadata": meta,
	"navigation-not-searchable": chrome, "headerlink": chrome, "anchorjs-link": chrome, "heading-anchor": chrome,
	"header-anchor": chrome, "zola-anchor": chrome, "hash-link": chrome, "anchor-link": chrome, "hanchor": chrome,
	"content": mainPart, "main": mainPart, "main-content": mainPart, "page-content": mainPart, "maincontent": mainPart,
	"mainContent": mainPart, "site-main": mainPart, "primary": mainPart,
	"post": article, "entry": article, "entry-inner": body,
	"hentry": article, "h-entry": article, "type-post": article,
	"e-content": body, "gh-content": body,
	"p-summary": lead, "p-author": meta, "dt-published": meta, "h-card": meta, "vcard": meta, "p-category": meta,
	"h-cite": answers, "u-comment": answers, "p-name": headline,
	"respond": answers | chrome, "cc-window": chrome, "cc-banner": chrome, "more-link": chrome,
	"ez-toc-container": chrome, "wp-block-table-of-contents": chrome, "lwptoc": chrome, "addtoany_content": chrome,
	"rp4wp-related-posts":           chrome,
	"jp-post-flair":                 chrome,
	"wp-block-post-navigation-link": chrome, "wp-block-post-title": headline, "wp-block-post-content": body,
	"wp-block-latest-posts": chrome, "wp-block-social-links": chrome,
	"kg-signup-card": chrome, "gh-post-upgrade-cta": chrome, "gh-subscribe": chrome,
	"field--name-body": body, "theme-doc-markdown": body, "markdown-body": body,
	"widget-area": chrome, "widget": chrome | byName, "sidr": chrome,
	"item-page": article, "com-content-article": article, "com-content-article__body": body, "pager": chrome,
	"mod-articles-related": chrome, "article-info": meta, "pagenavigation": chrome,
	"td-post-content": body, "rich_media_content": body, "wy-breadcrumbs": chrome, "rst-footer-buttons": chrome,
	"sphinxsidebar":      chrome,
	"screen-reader-text": chrome, "aside": beside, "read-more": chrome | byName, "readmore": chrome | byName,
	"archive-title": headline, "firstHeading": headline,
}

// phrases are names without the words that say where it stands.
var phrases = func() map[string]mark {
	found := map[string]mark{}
	add := func(m mark, list string) {
		for name := range strings.SplitSeq(list, ",") {
			found[tidy(name)] = m
		}
	}
	add(chrome|byName, `share, shares, sharing, social, socials, social share, social media, share social, social sharing, follow us,
		related, related more, more related, read next, next read, more from, also like, you may like, more posts,
		read more posts, related reading, further posts, popular posts, recent posts, latest posts, most read, whats next,
		nav main, main menu, nav menu, menu toggle, subnav, topnav, nav links, nav previous, nav next, previous next, prev next, prevnext, pager, post nav, pagenav,
		breadcrumb, breadcrumbs, crumbs, crumb, you are here, youarehere,
		cta, call to action, announcement, seitenleiste, barra lateral, subscribe, subscribe cta, signup, sign up, newsletter, mailing list, optin, opt in, email signup, signup cta, email capture, lead magnet,
		cookie, cookie consent, cookie law, cookie banner, cookiebar, cookie policy, privacy banner, gdpr,
		sidebar, side bar, rail, side column, ad, ads, adsense, advert, advertisement, adbox, ad slot, ad unit, banner ad, sponsor, sponsored, promo, promoted, promobox,
		popup, pop up, modal, toast, skip, skip to content, skip to, skip nav, jump to, jump to nav,
		relacionados, relacionadas, noticias relacionadas, artículos relacionados, articulos relacionados, artigos relacionados, leia tambem, lea tambien, verwandte artikel, verwandte beitraege, aehnliche artikel, aehnliche beitraege, weitere artikel, weitere beitraege, mehr zum thema, articles lies, lire aussi, a lire aussi, correlati, articoli correlati, leggi anche,
		teilen, compartir, compartilhar, partager, condividi, werbung, publicidad, publicidade, publicite, pubblicita, reklama,
		toc, table of contents, tableofcontents, table of content, on this page, toc list, page toc, outline toc, searchform, search box, toolbar, page tools, page actions, edit this, edit page, edit on github, editsection,
		back to top, to top, scroll to top, go top, backlink to top, tip jar, buy me a coffee, post ratings, was this helpful, older posts, paging, load more, widgets, webring, language switcher, lang switcher, legal footer, credits footer, copy code, code copy, code toolbar`)
	add(chrome|byName|doubtful, `nav, menu, likes, like, feedback, tools, toolbar, actions, languages, search, log in, login, print, print only, copy, edit, donate, donation, rating, ratings,
		popular, trending, prev, previous, copyright, side, trail, jump, trace, up next, follow, subscription, membership, promotion, sponsors, overlay, consent, cookies,
		reaction, reactions, helpful, recommendations, recommended, recent, support`)
	add(meta, `meta, metas, byline, by line, author, authors, bio, author bio, about author, about the author, author meta, written by, posted by, posted on, posted in, posted,
		date, dates, published, publish date, pubdate, timestamp, time, datetime, updated, last updated, modified, last modified, reading time, readtime, read time, time to read,
		tag, tags, tag cloud, tagcloud, categories, category, cats, cat, taxonomy, taxonomies, terms, filed under, tags links, cat links, topics, schlagworte, schlagwörter, etiquetas, mots cles, motscles, kategorien, categorias, rubriques, autor, autoren, auteur, auteurs, autore, autores, datum, fecha, kicker, eyebrow, author image, user, user info, userinfo, author name, avatar, author avatar`)
	add(pitch, `paywall, pay wall, regwall, registration wall, subscriber wall, metered, meter, upsell, subscription nag, nag, appeal, fundraiser, fundraising, support us, donate cta, donation cta, donation appeal, become a member, member cta, membership cta`)
	add(answers, `comments, comment, comment respond, respond, reply, replies, disqus, disqus thread, discussion, comment reply, leave a comment, webmentions, webmention, responses, kommentare, kommentarer, commentaires, comentarios, comentários, commenti, reacties, komentarze, isso thread, utterances, giscus, commento, remark42, reactions comments`)
	add(header, `header, topo, cabecalho, encabezado, kopf, kopfzeile, entete, masthead, branding, title bar, hero, banner, head`)
	add(footer, `footer, foot, bottom, rodape, pie, pie de pagina, fuss, fusszeile, pied, pied de page, pie pagina, colophon, footerbar, footnav`)
	add(lead, `lead, lede, standfirst, dek, deck, subtitle, sub title, subheadline, subheading, sub heading, tagline post, intro, introduction, teaser, excerpt, abstract, summary, chapo, chapeau, vorspann, entradilla, sommario, resumen, ingress, custom excerpt, description`)
	add(notes, `footnotes, footnote, endnotes, fn, fnlist, references, refs, bibliography, reflist`)
	add(body, `article body, post body, story body, entry body, article content, post content, entry content, blog content, blog body,
		article text, post text, story content, prose, post entry, blog post content, single content, rich text, richtext, markdown, article main, news body, body content, wiki content, wiki body, post article, text content, content body, article copy, post inner content, post full content, book page, body copy`)
	add(entry, `card, teaser card, summary card, list item, post card, article card, entry card, post preview, article preview, post summary, post item, post teaser, post excerpt, feed item, blog item`)
	add(headline, `headline, post title, entry title, article title, page title, story title, post headline, article headline`)
	add(siteName, `site title, site name, blog title, blog name, logo, brand, site logo, site description, tagline, site tagline, blog description, site slogan`)
	return found
}()
