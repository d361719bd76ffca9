package article

import (
	"regexp"
	"strings"

	"golang.org/x/net/html/atom"
)

// The words by which boilerplate is known where no name tells it. They are
// compared with whole blocks or with their beginnings, in lower case.
var (
	aboutRights = regexp.MustCompile(`^(©|\(c\) ?\d|copyright\b|all rights reserved|powered by|proudly powered|tous droits réservés|alle rechte vorbehalten|todos los derechos)`)
	aboutWays   = regexp.MustCompile(`^(skip to|jump to|back to top|↑|to top|edit (this )?page|edit on git|view source|share (this|on|via)\b|share:|tweet\b|follow (us|me) on|posted in|filed under|tagged( with|:|$)|tags?:|categor(y|ies):|topics?:|continue reading|« |← |previous:|next:|older posts|newer posts|you are here|home [›»>/]|partager|teilen|compartir|mots-clés|étiquettes|schlagw(o|ö)rter|kategorien?:|catégories? ?:|etiquetas:|categorías?:|метки:|рубрик[аи]:|теги:|标签|分类|分享|共有|シェア|タグ|カテゴリー|nach oben|haut de page|retour en haut|modifier cette page|seite bearbeiten)`)
	aboutWho    = regexp.MustCompile(`^(by|von|par|por|di|door|av|af|от|автор|written by|submitted by|geschrieben von|verfasst von|écrit par|rédigé par|escrito por|scritto da|geschreven door|skrevet av|skrevet af|skriven av|napisane przez|posted|published|publié|veröffentlicht|publicado|pubblicato|gepostet|updated|last updated|last modified|mis à jour|am \d|le \d|опубликовано|作者|发布|文・|بقلم|كتب|מאת|نویسنده)([ :：]|$)`)
	aboutChange = regexp.MustCompile(`^(this page (was )?)?(last (changed|modified|updated|edited|revised)|page updated|zuletzt (geändert|bearbeitet|aktualisiert)|letzte (änderung|aktualisierung)|dernière (mise à jour|modification)|última (actualización|modificación|atualização|alteração)|ultim[ao] (aggiornamento|modifica)|laatst (gewijzigd|bijgewerkt)|senast (ändrad|uppdaterad)|sist (endret|oppdatert)|последн(ее|яя) (изменение|обновление)|最終更新|最后(更新|修改)|마지막 수정)`)
	bySign      = regexp.MustCompile(`(?i)^((written|posted|published|submitted|words|story) by|by|author|(geschrieben|verfasst|veröffentlicht|gepostet) von|von|autor(in)?|(écrit|rédigé|publié|posté) par|par|auteure?|(escrito|publicado) por|por|autora?|(scritto|pubblicato) da|di|autore|(geschreven|geplaatst) door|door|(skrevet|skriven|publisert|publicerad) (av|af)|av|af|(napisane|opublikowane) przez|przez|от|автор|yazan|kirjoittanut|作者|撰文|文|글|بقلم|كتبه|כתב|מאת|نویسنده|نوشته)[ :：]+`)
	aboutTime   = regexp.MustCompile(`\b\d+ ?(min(ute)?s?\.?|мин\.?)( read| de lecture| lesezeit| de lectura| di lettura|$)|\d.*\b(19|20)\d\d\b|\b(19|20)\d\d\b.*\d|^\p{L}*\.?,? ?(19|20)\d\d$|分钟|读完`)
)

// closing are headings under which no text of the article stands.
var closing = func() map[string]bool {
	found := map[string]bool{}
	for _, text := range strings.Split(`related|related posts|related articles|related stories|related content|related reading|more stories|more posts|more articles|more like this|more from|read next|read more|keep reading|further posts|you may also like|you might also like|you may also enjoy|you might also enjoy|recommended|recommended for you|recommended reading|recommended posts|what to read next|up next|also on this site|most read|most popular|popular posts|popular|trending|trending now|latest posts|latest articles|latest|latest news|recent posts|recent articles|recent comments|archives|categories|tags|blogroll|meta|share|share this|share this post|share this article|share this story|spread the word|follow|follow us|follow me|stay in touch|subscribe|newsletter|join the newsletter|sign up|sign up for our newsletter|subscribe to our newsletter|subscribe to the newsletter|get the newsletter|enjoyed this|enjoyed this post|liked this|like this|post navigation|navigation|comments|leave a comment|leave a reply|join the discussion|post a comment|add a comment|about the author|about author|written by|table of contents|on this page|in this article|advertisement|sponsored|
articles similaires|articles liés|à lire aussi|lire aussi|à lire ensuite|sur le même sujet|dans la même rubrique|partager|partager cet article|laisser un commentaire|commentaires|à propos de l’auteur|à propos de l'auteur|sommaire|derniers articles|articles récents|lettre d’information|infolettre|abonnez-vous|
ähnliche beiträge|ähnliche artikel|verwandte beiträge|verwandte artikel|das könnte sie auch interessieren|das könnte dich auch interessieren|auch interessant|weitere artikel|weitere beiträge|mehr zum thema|weiterlesen|teilen|kommentare|kommentar schreiben|schreibe einen kommentar|über den autor|über die autorin|inhaltsverzeichnis|neueste beiträge|letzte beiträge|kategorien|archiv|schlagwörter|
artículos relacionados|entradas relacionadas|también te puede interesar|te puede interesar|compartir|comentarios|deja un comentario|deja una respuesta|sobre el autor|sobre la autora|entradas recientes|suscríbete|boletín|artigos relacionados|posts relacionados|leia também|veja também|compartilhar|comentários|deixe um comentário|sobre o autor|articoli correlati|leggi anche|potrebbe interessarti|condividi|commenti|lascia un commento|
похожие записи|похожие статьи|читайте также|по теме|поделиться|комментарии|добавить комментарий|оставить комментарий|об авторе|свежие записи|рубрики|метки|архивы|подписка|
相关文章|相关阅读|推荐阅读|延伸阅读|分享|评论|发表评论|最新文章|关于作者|关连文章|関連記事|関連|おすすめ記事|コメント|コメントを残す|シェア|最近の投稿|この記事を書いた人|관련 글|댓글|공유하기|مقالات ذات صلة|مواضيع ذات صلة|اقرأ أيضا|اقرأ أيضاً|شارك|التعليقات|اترك تعليقا|عن الكاتب|פוסטים קשורים|כתבות נוספות|שתפו|תגובות|כתיבת תגובה|על המחבר`, "|") {
		found[letters(text)] = true
	}
	return found
}()

// labels are texts of a whole block that only name what stands beside them.
var labels = set(`advertisement advertisements anzeige werbung publicité publicidad pubblicità реклама 广告 広告 advertorial sponsored scrolltocontinue storycontinuesbelow continuereadingbelow skiptocontent backtotop`)

// sharing are the addresses by which networks take what is shared.
var sharing = regexp.MustCompile(`(?i)/sharer|/intent/|/share(\?|article|$)|/submit\?|/pin/create|//send\?|wa\.me/\?|mailto:\?|/submitlink|/share_button`)

// shares reports whether a block of links hands the page to a network.
func (r *reader) shares(b *block) bool {
	for i := b.owner; i < r.spots[b.owner].end; i++ {
		if r.tag(i) == atom.A {
			return sharing.MatchString(attr(r.spots[i].n, "href"))
		}
	}
	return false
}

// personal are those under which sentences stand that are not the article's.
var personal = func() map[string]bool {
	found := map[string]bool{}
	for _, text := range strings.Split(`follow|follow us|follow me|stay in touch|subscribe|newsletter|join the newsletter|sign up|sign up for our newsletter|subscribe to our newsletter|subscribe to the newsletter|get the newsletter|enjoyed this|enjoyed this post|liked this|like this|about the author|about author|written by|advertisement|sponsored|lettre d’information|infolettre|abonnez-vous|à propos de l’auteur|à propos de l'auteur|über den autor|über die autorin|sobre el autor|sobre la autora|suscríbete|boletín|sobre o autor|об авторе|подписка|关于作者|この記事を書いた人|عن الكاتب|על המחבר`, "|") {
		found[letters(text)] = true
	}
	return found
}()

// patterns takes out blocks that say by their words that they are boilerplate.
func (r *reader) patterns() {
	for k := range r.blocks {
		b := &r.blocks[k]
		if r.spots[b.at].out {
			continue
		}
		if labels[letters(b.text[:min(len(b.text), 60)])] && !heading[r.tag(b.owner)] {
			r.drop(b)
			continue
		}
		if r.closes(b) {
			if b.linked == b.words && b.owner != r.title {
				r.drop(b)
			} else {
				r.shut(k)
			}
			continue
		}
		if b.words > 40 {
			continue
		}
		text := strings.ToLower(b.text)
		core := r.core(b.at)
		switch {
		case !core && (aboutRights.MatchString(text) || strings.HasSuffix(text, "reservados.") || strings.HasSuffix(text, "reservados")),
			b.words <= 12 && (b.linked*3 >= b.words*2 || b.linked > 0 && !core) && aboutWays.MatchString(text) && !strings.HasSuffix(text, "."),
			b.linked > 0 && b.linked == b.words && b.words <= 12 && (r.shares(b) || r.deadButton(b)),
			!core && b.words <= 25 && aboutChange.MatchString(text) && !heading[r.tag(b.owner)],
			!core && r.menuCell(b),
			!core && r.cookie(k, text):
			r.drop(b)
		}
	}
}

// orphans takes out headings under which everything was taken out.
func (r *reader) orphans() {
	for i := range r.spots {
		if r.spots[i].out || !heading[r.tag(i)] || i == r.title || r.tag(i) == atom.H1 {
			continue
		}
		struck, kept := 0, 0
		for k := r.spots[i].end; k < r.spots[max(r.spots[i].up, 0)].end && !heading[r.tag(k)] && struck+kept < 50; k = r.spots[k].end {
			switch {
			case r.spots[k].out:
				// A date under a heading belongs to it.
				if all, _ := r.words(k); all > 0 && r.spots[k].mark&meta == 0 {
					struck++
				}
			case r.readableBelow(k) || r.first(k) < r.first(r.spots[k].end) || r.pictured(k):
				kept++
			}
		}
		if struck > 0 && kept == 0 {
			r.cut(i)
		}
	}
}

// drop takes a block out, with its element if that holds nothing else.
func (r *reader) drop(b *block) {
	b.away = true
	if from, to := r.within(b.owner); to-from == 1 && b.owner != r.title {
		r.cut(b.owner)
		return
	}
	for i := b.at; i < r.spots[b.owner].end && inlineSpot(r.tree, i); i++ {
		r.spots[i].out = true
	}
}

// inlineSpot reports whether spot i continues a run of text.
func inlineSpot(t *tree, i int) bool { return t.tag(i) == 0 || inline[t.tag(i)] }

// cut takes out an element and all below it.
func (r *reader) cut(i int) {
	for k := i; k < r.spots[i].end; k++ {
		r.spots[k].out = true
	}
}

// cookie reports whether a block asks for consent: it speaks of cookies beside
// a button.
func (r *reader) cookie(k int, text string) bool {
	if !strings.Contains(text, "cookie") {
		return false
	}
	up := r.spots[r.blocks[k].owner].up
	if all, _ := r.words(max(up, 0)); up < 0 || all > 80 {
		return false
	}
	for i := up; i < r.spots[up].end; i++ {
		if r.tag(i) == atom.Button || attr(r.spots[i].n, "role") == "button" {
			return true
		}
	}
	return false
}

// closes reports whether a block is a heading of boilerplate.
func (r *reader) closes(b *block) bool {
	return b.words <= 8 && closing[letters(b.text)] && b.at > r.title
}

// shut takes out what stands under the heading of boilerplate that is block k:
// the box that begins with it, or what follows up to the next heading, if
// these are mostly links or hold a form, or are short and not in the text.
func (r *reader) shut(k int) {
	owner := r.blocks[k].owner
	if tag := r.tag(owner); !heading[tag] && tag != atom.P && tag != atom.Div && tag != atom.Summary {
		return
	}
	box, head := r.box(k)
	if box >= 0 {
		all, _ := r.words(box)
		if r.slight(box) || all <= 80 && personal[letters(r.blocks[k].text)] && !r.core(box) {
			r.cut(box)
		}
		return
	}
	var after []int
	for i := r.spots[head].end; i < r.spots[max(r.spots[head].up, 0)].end && len(after) < 50 && !heading[r.tag(i)]; i = r.spots[i].end {
		if r.hinted(i) || r.holds(i) {
			return
		}
		if r.tag(i) != 0 {
			after = append(after, i)
		}
	}
	if len(after) > 0 && (r.slight(after...) || personal[letters(r.blocks[k].text)] && r.lastIn(after[len(after)-1]) && r.few(after)) {
		for _, i := range append(after, head) {
			r.cut(i)
		}
	}
}

// few reports whether elements hold no more than a line or two about somebody.
func (r *reader) few(spots []int) bool {
	all := 0
	for _, i := range spots {
		a, _ := r.words(i)
		all += a
	}
	return all <= 60
}

// box finds the element that begins with block k and holds more, -1 if the
// block stands among the text. head is what stands for the block there.
func (r *reader) box(k int) (box, head int) {
	for head = r.blocks[k].owner; ; {
		up := r.spots[head].up
		if up < 0 || r.hinted(up) || r.holds(up) || r.first(up) != k {
			return -1, head
		}
		if from, to := r.within(up); to-from > 1 {
			return up, head
		}
		head = up
	}
}

// slight reports whether elements hold links rather than text, or a form.
func (r *reader) slight(spots ...int) bool {
	all, linked, links, form := 0, 0, 0, false
	for _, i := range spots {
		a, l := r.words(i)
		all, linked = all+a, linked+l
		for k := i; k < r.spots[i].end; k++ {
			if r.tag(k) == atom.A {
				links++
			}
			form = form || r.tag(k) == atom.Form || r.tag(k) == atom.Input
		}
	}
	return linked*4 >= all && links >= 2 || linked*2 >= all && linked > 0 || form && all <= 80
}

var heading = map[atom.Atom]bool{atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true}
