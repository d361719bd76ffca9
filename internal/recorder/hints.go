package recorder

import (
	"strings"

	"buzzproof/internal/hints"
)

// hintsCache spares looking at the same agent or referrer twice.
type hintsCache struct {
	agents    map[string]*agentHints
	referrers map[string]*referrerHints
}

// Agents and referrers that are remembered: at most 600 bytes each, 2.5 MB.
const remembered = 2048

type agentHints struct{ browser, system, app string }

type referrerHints struct{ host, page, phrase string }

func (c *hintsCache) agent(agent []byte) *agentHints {
	if h := c.agents[string(agent)]; h != nil {
		return h
	}
	if c.agents == nil || len(c.agents) >= remembered {
		c.agents = map[string]*agentHints{}
	}
	s := string(agent)
	h := &agentHints{hints.Browser(s), hints.System(s), hints.App(s)}
	c.agents[s] = h
	return h
}

func (c *hintsCache) referrer(referrer []byte) *referrerHints {
	if h := c.referrers[string(referrer)]; h != nil {
		return h
	}
	if c.referrers == nil || len(c.referrers) >= remembered {
		c.referrers = map[string]*referrerHints{}
	}
	s := string(referrer)
	h := &referrerHints{host: strings.ToLower(hints.Site(s))}
	h.phrase, _ = hints.Phrase(s)
	// What follows a question mark can be somebody's name, and was the other
	// site's to keep.
	h.page, _, _ = strings.Cut(s, "?")
	h.page, _, _ = strings.Cut(h.page, "#")
	c.referrers[s] = h
	return h
}
