package freeze

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"buzzproof/internal/archive"
	"buzzproof/internal/fetch"
	"buzzproof/internal/refs"
	"buzzproof/internal/snapshot"
)

// learn takes in what a worker reports.
func (w *walker) learn(ctx context.Context, o outcome) error {
	r := w.resources[o.address]
	if o.err != nil {
		return w.learnFailure(ctx, r, o)
	}
	if received := w.f.count.received.Load(); received > w.f.config.MaxTotal {
		return fmt.Errorf("the site sent %d MB, which is over the limit of %d MB: leave something out, or raise the limit", received>>20, w.f.config.MaxTotal>>20)
	}
	if o.stale == nil {
		w.downs = 0
	} else {
		w.miss(o.address, r, "kept from the freeze before: "+o.stale.Error())
		if err := w.sink(ctx, o.stale); err != nil {
			return err
		}
	}
	w.count(o.answer)
	switch s := o.answer.Status; {
	case s == http.StatusOK:
		r.state = held
		w.learnPage(o, r)
	case s >= 300 && s < 400 && o.answer.Location != "":
		w.learnRedirect(o, r)
	case s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusProxyAuthRequired || s == http.StatusUnavailableForLegalReasons:
		r.state = locked
	default:
		r.state = dead
	}
	return nil
}

func (w *walker) count(ans archive.Answer) {
	if ans.Status != http.StatusOK {
		return
	}
	if isHTML(ans.Type) {
		w.f.count.pages.Add(1)
	} else {
		w.f.count.assets.Add(1)
	}
}

func (w *walker) learnFailure(ctx context.Context, r *resource, o outcome) error {
	if isFatal(o.err) || ctx.Err() != nil {
		return o.err
	}
	r.state = failed
	if r.soft {
		return nil
	}
	w.miss(o.address, r, o.err.Error())
	return w.sink(ctx, o.err)
}

// sink counts failures in a row. After some of them the front page tells
// whether the origin is gone or only a part of the site is broken: a site with
// a hundred broken pages is still worth a copy.
func (w *walker) sink(ctx context.Context, why error) error {
	if errors.Is(why, fetch.ErrTooLarge) {
		return nil
	}
	if w.downs++; w.downs < mostDowns {
		return nil
	}
	if status, _, err := w.f.knock(ctx); err == nil && status < 400 {
		w.downs = 0
		return nil
	}
	return fmt.Errorf("%w any more: %d addresses failed in a row, the last with: %w", ErrOriginDown, w.downs, why)
}

func (w *walker) miss(a address, r *resource, why string) {
	w.missing = append(w.missing, w.f.missing(a, why, r.from))
}

// missing names an address for the owner by its public URL.
func (f *Freezer) missing(a address, why string, from address) Missing {
	m := Missing{URL: f.scope.absolute(f.scope.publicKey(a)), Why: why}
	if from != "" {
		m.From = f.scope.absolute(f.scope.publicKey(from))
	}
	return m
}

// learnPage takes in what a document refers to.
func (w *walker) learnPage(o outcome, r *resource) {
	h := o.harvest
	if r.soft && isHTML(o.answer.Type) && !r.link {
		r.state = dead // a friendly page in place of a file that was only guessed at
		return
	}
	if isHTML(o.answer.Type) {
		r.page = true
		r.trail = w.endless.visit(o.address, r.trail, w.sight(h))
	}
	for _, short := range h.shortlinks {
		if known, ok := w.shortlinks[short]; w.f.scope.inside(short) && (!ok || nearer(o.address, known)) {
			w.shortlinks[short] = o.address
		}
	}
	w.learnForms(h.forms)
	for host, n := range h.foreign {
		w.foreign[host] += n
	}
	for _, found := range h.findings {
		w.consider(found, o.address, r.trail)
	}
}

// nearer chooses between two pages that claim the same short address, as the
// pages of one post's comments do: the first page has the shortest address.
// Which answer comes first must not decide, or every freeze would differ.
func nearer(a, b address) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// sight orders what a page refers to: what was known, then what is new.
func (w *walker) sight(h *harvest) sight {
	saw := sight{texts: h.texts}
	var fresh []address
	for _, found := range h.findings {
		if _, left := w.left[found.address]; left || w.resources[found.address] != nil {
			saw.leads = append(saw.leads, found.address)
		} else {
			fresh = append(fresh, found.address)
		}
	}
	saw.leads, saw.fresh = append(saw.leads, fresh...), len(fresh)
	return saw
}

func (w *walker) learnForms(forms []snapshot.Form) {
	for _, form := range forms {
		name := form.Method + " " + form.Action + " " + strings.Join(form.Fields, " ")
		if known := w.forms[name]; known != nil {
			known.Pages++
			known.Page = min(known.Page, form.Page)
			continue
		}
		w.forms[name] = &form
	}
}

func (w *walker) learnRedirect(o outcome, r *resource) {
	to := w.f.redirectTarget(o.answer)
	if to == nil {
		r.state = dead
		return
	}
	r.state, r.to = moved, to
	a, ours := w.f.scope.address(to)
	if !ours || a == o.address {
		return
	}
	use := refs.Embed
	if r.link {
		use = refs.Link
	}
	w.add(finding{address: a, use: use}, o.address, r.trail, r.soft)
}
