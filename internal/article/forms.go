package article

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// subscriptions takes out the boxes around forms that ask for an address: as
// much as stands around a form in 60 words.
func (r *reader) subscriptions() {
	for i := range r.spots {
		if r.tag(i) != atom.Form || !r.spots[i].out || !r.asksAddress(i) {
			continue
		}
		box := i
		for up := r.spots[i].up; up > 0 && !r.hinted(up) && !r.holds(up) && r.tag(up) != atom.Body; up = r.spots[up].up {
			from, to := r.within(up)
			if r.sum[to]-r.sum[from] > 60 || 2*(r.sum[to]-r.sum[from]) > r.sum[len(r.blocks)] {
				break
			}
			box = up
		}
		if box != i && !r.spots[box].out {
			r.cut(box)
		}
	}
}

// consents takes out what asks for consent: boxes outside of any article that
// are named after cookies and speak of them. 300 words are a whole dialog.
func (r *reader) consents() {
	for i := range r.spots {
		n := r.spots[i].n
		if size := r.spots[i].end - i; r.spots[i].out || size < 2 || size > 2000 || r.tag(i) == 0 || r.tag(i) == atom.Body || r.tag(i) == atom.Html {
			continue
		}
		name := strings.ToLower(attr(n, "class") + " " + attr(n, "id"))
		if !strings.Contains(name, "cookie") && !strings.Contains(name, "consent") || r.hinted(i) || r.holds(i) || r.framed(i) >= 0 {
			continue
		}
		if all, _ := r.words(i); all <= 300 && (r.best >= 0 || 2*r.proseIn(i) < r.proseIn(0)) && strings.Contains(strings.ToLower(r.text(i)), "cookie") {
			r.cut(i)
		}
	}
}

// asksAddress reports whether a form has a field for a mail address.
func (r *reader) asksAddress(i int) bool {
	for k := i; k < r.spots[i].end; k++ {
		n := r.spots[k].n
		if r.tag(k) == atom.Input && (attr(n, "type") == "email" || strings.Contains(strings.ToLower(attr(n, "name")+attr(n, "placeholder")), "mail")) {
			return true
		}
	}
	return false
}

// contactForm tells a form that an author put into a text from those for
// searching, signing in, subscribing and commenting. One that asks for a
// password and nothing else is the door to the text: what a stranger sees of it.
func (r *reader) contactForm(i int) bool {
	area, door, fields := false, false, 0
	for k := i + 1; k < r.spots[i].end; k++ {
		n := r.spots[k].n
		switch r.tag(k) {
		case atom.Textarea:
			area = attr(n, "name") != "comment"
			fields++
		case atom.Input:
			switch attr(n, "type") {
			case "search":
				return false
			case "password":
				door = true
			case "hidden", "submit", "button", "image":
			default:
				fields++
			}
		case atom.Select:
			fields++
		}
	}
	if door {
		return fields == 0
	}
	return area || fields >= 3 || fields == 0 && r.wide(i)
}

// wide tells forms that old systems put around a whole page.
func (r *reader) wide(i int) bool {
	all, _ := r.words(i)
	return all > 100 && !strings.Contains(attr(r.spots[i].n, "action"), "search")
}
