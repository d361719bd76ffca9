package buzz

import (
	"encoding/json"
	"errors"
	"fmt"
)

// version is that of what is kept. Another one is not read: what is usual is
// learnt again.
const version = 2

// kept is what outlives a restart. The last five minutes do not: hashes of
// networks are new, and nobody knows what came in between.
type kept struct {
	Version int                       `json:"v"`
	Tick    int64                     `json:"tick"`
	Usual   *usual                    `json:"usual"`
	Shares  [facets]shares            `json:"shares"`
	Deeds   deeds                     `json:"deeds"`
	Latency float64                   `json:"latency"`
	Crowd   *crowd                    `json:"crowd,omitempty"`
	Streams [len(streamKinds)]*stream `json:"streams"`
	Ladder  ladder                    `json:"ladder"`
}

// MarshalBinary returns what is known, as JSON of some 20 KB.
func (d *Detector) MarshalBinary() ([]byte, error) {
	k := kept{
		Version: version, Tick: d.tick, Usual: &d.usual, Shares: d.shares, Deeds: d.deeds, Latency: d.latency,
		Crowd: d.crowd, Ladder: d.ladder,
	}
	for i := range d.streams {
		k.Streams[i] = &d.streams[i]
	}
	return json.Marshal(k)
}

// UnmarshalBinary takes up what MarshalBinary returned, before the first step.
// When it fails the detector is as it was.
func (d *Detector) UnmarshalBinary(data []byte) error {
	fresh := New(d.zone)
	k := kept{Usual: &fresh.usual}
	for i := range fresh.streams {
		k.Streams[i] = &fresh.streams[i]
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return fmt.Errorf("read the detector's memory: %w", err)
	}
	if k.Version != version {
		return fmt.Errorf("read the detector's memory: it is of version %d, want %d", k.Version, version)
	}
	if !k.sound() {
		return errors.New("read the detector's memory: a number is out of bounds")
	}
	fresh.tick, fresh.shares, fresh.deeds, fresh.latency = k.Tick, k.Shares, k.Deeds, k.Latency
	fresh.crowd, fresh.ladder = k.Crowd, k.Ladder
	*d = *fresh
	return nil
}
