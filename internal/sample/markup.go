package sample

import (
	"fmt"
	"html/template"
	"strconv"
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
		template.HTMLEscapeString(alt), template.HTMLEscapeString(caption))
}

// nothing is a picture of nothing, in the shape of a photograph.
const nothing = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 1'/%3E"

// lazy places a photograph that a script loads when the reader comes near.
func lazy(name, alt, caption string) string {
	alt, caption = template.HTMLEscapeString(alt), template.HTMLEscapeString(caption)
	src := "{base}" + escape(mediaPath(name, 800))
	return fmt.Sprintf(`<figure>
<img class="lazy" src="%s" data-src="%s" data-srcset="%s" sizes="%s" width="800" height="400" alt="%s">
<noscript><img src="%[2]s" width="800" height="400" alt="%[5]s"></noscript>
<figcaption>%[6]s</figcaption>
</figure>`, nothing, src, srcset("{base}", name), columnSizes, alt, caption)
}

// lead is the photograph above a post, thumb the one beside it in a list.
func lead(name string) template.HTML {
	return template.HTML(fmt.Sprintf(`<img class="lead" src="%s" srcset="%s" sizes="%s" width="800" height="400" alt="">`,
		escape(mediaPath(name, 800)), srcset("", name), columnSizes))
}

func thumb(name string) template.HTML {
	return template.HTML(fmt.Sprintf(`<img src="%s" srcset="%s" sizes="(min-width: 60em) 14rem, 94vw" width="480" height="240" alt="" loading="lazy">`,
		escape(mediaPath(name, 480)), srcset("", name)))
}
