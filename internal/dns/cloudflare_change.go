package dns

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// cloudRaced are the codes of a batch that met other records than it thought:
// one is gone, or there is one already.
var cloudRaced = []string{"81044", "81053", "81054", "81057", "81058"}

type cloudBatch struct {
	Deletes []cloudID     `json:"deletes,omitempty"`
	Puts    []cloudRecord `json:"puts,omitempty"`
	Posts   []cloudRecord `json:"posts,omitempty"`
}

type cloudID struct {
	ID string `json:"id"`
}

// write sends one batch. Where a record turns into another of its type it is
// overwritten in place: removed and made anew, the name would lead nowhere on
// those servers that have learnt only of the first.
func (p *cloudflare) write(ctx context.Context, c Change, _ map[key]Set) error {
	path, err := p.zonePath(ctx)
	if err != nil {
		return err
	}
	keys := keysOf(c.Before)
	list, err := p.list(ctx, path, keys)
	if err != nil {
		return err
	}
	now, err := gather(p.apex, keys, cloudText, list)
	if err != nil {
		return err
	}
	if !holds(byKey(now), c.Before) {
		return errRaced
	}
	var batch cloudBatch
	for _, after := range c.After {
		d := differ(list, after, cloudText)
		for _, r := range d.gone {
			batch.Deletes = append(batch.Deletes, cloudID{r.id})
		}
		for _, r := range d.turned {
			batch.Puts = append(batch.Puts, p.cloud(r))
		}
		for _, r := range d.fresh {
			batch.Posts = append(batch.Posts, p.cloud(r))
		}
	}
	err = p.api.call(ctx, http.MethodPost, path+"/dns_records/batch", batch, nil)
	if coded(err, cloudRaced...) {
		return errors.Join(errRaced, err)
	}
	return err
}

// cloud is a record as the API wants it.
func (p *cloudflare) cloud(r record) cloudRecord {
	c := cloudRecord{ID: r.id, Name: strings.TrimSuffix(r.name, "."), Type: r.kind, TTL: r.ttl, Content: r.text}
	if r.kind == aliasType {
		c.Type = "CNAME"
	}
	if parts := strings.SplitN(r.data, " ", 3); (r.kind == "HTTPS" || r.kind == "SVCB") && len(parts) > 1 {
		priority, _ := strconv.Atoi(parts[0]) // it was parsed before
		c.Content, c.Data = "", &cloudService{Priority: priority, Target: parts[1], Value: strings.Join(parts[2:], "")}
	}
	if auto, _ := r.more["auto"].(bool); auto {
		c.TTL = 1
	}
	c.Proxied, _ = r.more["proxied"].(bool)
	c.Comment, _ = r.more["comment"].(string)
	c.Settings, _ = r.more["settings"].(map[string]any)
	tags, _ := r.more["tags"].([]any)
	for _, tag := range tags {
		if tag, ok := tag.(string); ok {
			c.Tags = append(c.Tags, tag)
		}
	}
	return c
}
