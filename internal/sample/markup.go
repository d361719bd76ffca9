package sample

import (
	"fmt"
	"html"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

const columnSizes = "(min-width: 60em) 44rem, 94vw"

func itoa(n int) string { return strconv.Itoa(n) }

// figure places a photograph in a text, with its address in full as the
// editors of most CMSs insert it. A narrow window gets the small one.
func figure(name, alt, caption string) string {
	return fmt.Sprintf(`<figure>
<picture>
	<source media="(max-width: 30em)" srcset="{base}%s">
	<source type="image/jpeg" sizes="%s" srcset="
		%s
	">
	<img src="{base}%s" width="800" height="400" alt="%s">
</picture>
<figcaption>%s</figcaption>
</figure>`, escape(mediaPath(name, 480)), columnSizes, srcset("{base}", name), escape(mediaPath(name, 800)),
		html.EscapeString(alt), html.EscapeString(caption))
}

// nothing is a picture of nothing, in the shape of a photograph.
const nothing = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 1'/%3E"

// lazy places a photograph that a script loads when the reader comes near.
func lazy(name, alt, caption string) string {
	alt, caption = html.EscapeString(alt), html.EscapeString(caption)
	src := "{base}" + escape(mediaPath(name, 800))
	return fmt.Sprintf(`<figure>
<img class="lazy" src="%s" data-src="%s" data-srcset="%s" sizes="%s" width="800" height="400" alt="%s">
<noscript><img src="%[2]s" width="800" height="400" alt="%[5]s"></noscript>
<figcaption>%[6]s</figcaption>
</figure>`, nothing, src, srcset("{base}", name), columnSizes, alt, caption)
}

// lead is the photograph above a post, thumb the one beside it in a list.
func lead(name string) g.Node {
	return h.Img(h.Class("lead"), h.Src(escape(mediaPath(name, 800))), h.SrcSet(srcset("", name)), g.Attr("sizes", columnSizes),
		h.Width("800"), h.Height("400"), h.Alt(""))
}

func thumb(name string) g.Node {
	return h.Img(h.Src(escape(mediaPath(name, 480))), h.SrcSet(srcset("", name)), g.Attr("sizes", "(min-width: 60em) 14rem, 94vw"),
		h.Width("480"), h.Height("240"), h.Alt(""), h.Loading("lazy"))
}
