package recorder

import (
	"bytes"
	"crypto/tls"
	"hash/maphash"
	"strconv"
	"unsafe"

	"buzzproof/internal/site"
	"buzzproof/internal/sketch"
	"buzzproof/internal/tally"
)

// notes write one hit into a tally.
type notes struct {
	tally   *tally.Tally
	v       *reading
	seen    *sketch.Seen
	salt    maphash.Seed
	visitor uint64
}

// counts reports whether a hit makes a visitor: answers to mistakes do not, as
// in GoAccess.
func (n *notes) counts() bool { return n.v.status/100 != 4 }

// fresh is how many new visitors of today a hit stands for, of what is hashed.
func (n *notes) fresh(hash uint64) float64 {
	if !n.counts() {
		return 0
	}
	return n.seen.Add(mix(n.visitor, hash))
}

func (n *notes) totals() {
	v, t := n.v, n.tally
	c := &t.Classes[v.class]
	c.Hits++
	c.Bytes += uint64(v.bytes)
	c.Visitors += n.fresh(0)
	if v.visit() {
		c.Visits++
		if v.person() {
			t.Rungs[v.rung]++
			t.Sources[v.source]++
		}
	}
	if v.status == 404 {
		c.NotFound++
	}
	if v.status >= 400 {
		c.Failed++
	}
	if v.kind == Page { // pictures wait behind texts, and may
		t.Took.Add(uint64(v.took / 1000))
	}
}

// add notes a hit in a panel under a name. No name is no item.
func (n *notes) add(p tally.Panel, name string) {
	if name == "" {
		return
	}
	it := n.tally.Panels[p].At(name)
	c := &it.Classes[n.v.class]
	c.Hits++
	c.Bytes += uint64(n.v.bytes)
	c.Visitors += n.fresh(mix(maphash.String(n.salt, name), uint64(p)+1))
}

// what notes what was asked for.
func (n *notes) what() {
	key := lent(n.v.texts[keyText])
	switch {
	case n.v.status == 404:
		path, _ := site.SplitKey(key) // a query may hold anything
		n.add(tally.NotFound, path)
	case n.v.kind == Page:
		n.add(tally.Pages, key)
	case n.v.kind == Asset:
		n.add(tally.Static, key)
	}
}

// whence notes where a visit of a page came from.
func (n *notes) whence() {
	v := n.v
	if v.kind != Page || v.from == nil && len(v.texts[referrerText]) > 0 {
		return
	}
	n.add(tally.Landings, lent(v.texts[keyText]))
	if v.from == nil {
		n.add(tally.Sites, v.agent.app)
		return
	}
	n.add(tally.Sites, v.from.host)
	n.add(tally.Referrers, v.from.page)
	n.add(tally.Phrases, v.from.phrase)
}

// how notes what the request and its answer were like.
func (n *notes) how() {
	v := n.v
	if !v.person() {
		n.add(tally.Machines, v.agent.browser)
	}
	n.add(tally.Browsers, v.agent.browser)
	n.add(tally.Systems, v.agent.system)
	n.add(tally.Statuses, status(v.status))
	n.add(tally.Methods, lent(v.texts[methodText]))
	n.add(tally.Protocols, lent(v.texts[protocolText]))
	n.add(tally.Hosts, lent(v.texts[hostText]))
	if v.tls != 0 {
		n.add(tally.TLS, tls.VersionName(v.tls))
	}
	mime, _, _ := bytes.Cut(v.texts[mimeText], []byte(";"))
	n.add(tally.MIME, lent(bytes.TrimSpace(mime)))
	n.add(tally.Countries, v.country)
	n.add(tally.Networks, v.network)
}

// statuses are the names of statuses.
var statuses = func() (names [600]string) {
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}()

func status(n uint16) string { return statuses[min(int(n), len(statuses)-1)] }

// lent is a text as a string for as long as its batch stays as it is. Tables
// copy the names that they keep.
func lent(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
