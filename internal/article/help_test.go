package article

import "golang.org/x/net/html"

// textOf lists the visible texts of a tree, block by block.
func textOf(n *html.Node) []string {
	if n == nil {
		return nil
	}
	var texts []string
	for _, b := range grow(n).blocks {
		if b.text != "" {
			texts = append(texts, b.text)
		}
	}
	return texts
}
