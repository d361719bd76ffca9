package lighten

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// thousand is a site of a thousand articles of some 1,200 words, each in its
// own order.
func thousand() map[string]string {
	words := strings.Fields("the line at home fell silent that evening and nobody knew why it had since a server in a cupboard " +
		"does not say much until somebody far away reads a page about a small system that boots and shows one sheet of paper")
	chance := rand.New(rand.NewPCG(2016, 9))
	files := map[string]string{"style.css": siteStyle}
	for i := range 1000 {
		var b strings.Builder
		fmt.Fprintf(&b, "<!DOCTYPE html><html lang=en><title>Evening %d</title><link rel=stylesheet href=/style.css><header><a href=/>Home</a></header><main><article><h1>Evening %d</h1>", i, i)
		for n := range 1200 {
			if n%80 == 0 {
				b.WriteString("\n<p>")
			}
			b.WriteString(words[chance.IntN(len(words))])
			b.WriteString(map[bool]string{true: ". ", false: " "}[n%12 == 11])
		}
		b.WriteString("</article></main><footer>All rights are wrong.</footer>")
		files[fmt.Sprintf("evening-%d/index.html", i)] = b.String()
	}
	return files
}

// BenchmarkTexts makes the text renditions of a thousand pages, and prints how
// long each step took.
func BenchmarkTexts(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		dir := filepath.Join(b.TempDir(), "copy")
		commit(b, dir, thousand())
		l, _, _ := prepare(b, dir, Config{})
		b.StartTimer()
		for _, s := range []stage{l.textStage(), l.slimStage(), l.fullStage()} {
			began := time.Now()
			if err := l.all(context.Background(), s); err != nil {
				b.Fatal(err)
			}
			b.Logf("%-5s %5d entries %6.1f s", s.name, len(s.entries), time.Since(began).Seconds())
		}
	}
}
