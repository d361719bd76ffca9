package accesslog

import "bytes"

// s3Kind is the server access log of Amazon S3.
func s3Kind() Kind {
	return Kind{Name: "s3", Title: "Amazon S3", Format: s3{}, Sure: func(line []byte) bool {
		c := cursor{line}
		owner, _ := c.before(' ')
		_, _ = c.before(' ')
		return len(owner) > 20 && len(c.rest) > 0 && c.rest[0] == '[' || bytes.Contains(line, []byte(" REST."))
	}}
}

type s3 struct{}

// Parse reads OWNER BUCKET [TIME] CLIENT REQUESTER ID OPERATION KEY "REQUEST"
// STATUS ERROR SENT SIZE TOOK TURNAROUND "REFERRER" "AGENT" VERSION ...
func (s3) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	_, _ = c.before(' ')
	bucket, ok := c.before(' ')
	if !ok {
		return errShort
	}
	h.setHost(bucket)
	stamp, err := c.bracketed()
	if err != nil {
		return err
	}
	if err := h.setBracketed(stamp); err != nil {
		return err
	}
	c.skip(' ')
	client, _ := c.before(' ')
	if err := h.setClient(client); err != nil {
		return err
	}
	if _, ok := c.before('"'); !ok {
		return errRequest
	}
	request, ok := c.quoted()
	if !ok {
		return errRequest
	}
	if err := h.request(request); err != nil {
		return err
	}
	return s3Answer(&c, h)
}

func s3Answer(c *cursor, h *Hit) error {
	c.skip(' ')
	var v [6][]byte
	for i := range v {
		var ok bool
		if v[i], ok = c.before(' '); !ok {
			return errShort
		}
	}
	if err := h.setStatus(v[0]); err != nil {
		return err
	}
	h.Bytes = size(v[2])
	h.Took = took(v[4], milliseconds)
	h.Referrer = "-"
	if !c.skip('"') {
		return nil
	}
	if referrer, ok := c.quoted(); ok {
		h.setReferrer(referrer)
	}
	if c.skip(' ') && c.skip('"') {
		if agent, ok := c.quoted(); ok {
			h.setAgent(agent)
		}
	}
	return nil
}
