package refs

import (
	"strings"
	"testing"
)

// ghostPage and wordPressPage hold what wget and HTTrack get wrong on the pages
// of the two systems, shortened. HOME, JSON and QUERY stand for the origin in
// its three spellings, TEXT for where it has to stay.
const ghostPage = `<!DOCTYPE html>
<html lang="en">
<head>
    <title>Post &#x2013; TEXT/</title>
    <link rel="canonical" href="HOME/post/">
    <meta property="og:image" content="HOME/content/images/a.png">
    <meta name="twitter:url" content="HOME/post/">
    <script type="application/ld+json">
{
    "@context": "https://schema.org",
    "publisher": {"@type": "Organization", "url": "HOME/", "logo": {"@type": "ImageObject", "url": "HOME/favicon.ico"}},
    "mainEntityOfPage": "HOME/post/"
}
    </script>
    <link rel="alternate" type="application/rss+xml" title="Site" href="HOME/rss/">
    <script defer src="/public/cards.min.js?v=1" data-ghost="HOME/" data-key="22" crossorigin></script>
</head>
<body>
<img srcset="/content/images/size/w300/a.png 300w,
            /content/images/size/w600/a.png 600w,
            /content/images/a.png 1000w" sizes="(max-width: 1000px) 400px, 800px" src="/content/images/a.png" alt="TEXT/alt">
<p>TEXT/ in text stays.</p>
</body>
</html>`

const wordPressPage = `<link rel='shortlink' href='HOME/?p=1' />
<link rel="https://api.w.org/" href="HOME/wp-json/" />
<script>window._wpemojiSettings = {"source":{"concatemoji":"JSON\/wp-includes\/js\/wp-emoji-release.min.js?ver=6.1"}};</script>
<style>.hero{background-image:url('HOME/wp-content/uploads/h.jpg')}</style>
<a href="https://share.test/?u=QUERY%2Fpost%2F&amp;t=1">share</a>
<div class="lazy" data-bg="url(HOME/wp-content/uploads/b.jpg)" data-settings='{"image":{"url":"JSON\/c.jpg"}}'></div>
<form action="HOME/wp-comments-post.php" method="post"><input type="hidden" name="redirect" value="HOME/post/"></form>`

func TestWholePagesMoveToAnotherOrigin(t *testing.T) {
	before := strings.NewReplacer("TEXT", home, "HOME", home, "JSON", `http:\/\/localhost:2368`, "QUERY", "http%3A%2F%2Flocalhost%3A2368")
	after := strings.NewReplacer("TEXT", home, "HOME", "https://example.org", "JSON", `https:\/\/example.org`, "QUERY", "https%3A%2F%2Fexample.org")
	for name, doc := range map[string]string{"Ghost": ghostPage, "WordPress": wordPressPage} {
		t.Run(name, func(t *testing.T) {
			got := HTML([]byte(before.Replace(doc)), page, func(r Ref) Edit {
				if moved, ok := ReplaceEncodedOrigin(r.Raw, []string{home}, "https://example.org"); ok {
					return Set(moved)
				}
				if rest, ok := strings.CutPrefix(r.Raw, home); ok {
					return Set("https://example.org" + rest)
				}
				return Keep()
			})
			if want := after.Replace(doc); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
