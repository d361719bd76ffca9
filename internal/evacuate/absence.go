package evacuate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"buzzproof/internal/journal"
)

// An Absence is what `up` at home has to know: visitors who still come were
// sent by resolvers that keep old records, and get the lightest pages. It
// outlives the return, after which home warms.
type Absence struct {
	Schema int       `json:"schema"`
	Host   string    `json:"host"`            // the public name
	Since  time.Time `json:"since"`           // when the names were moved away
	Back   time.Time `json:"back,omitzero"`   // when they were moved home again
	Refuge string    `json:"refuge"`          // the URL by which the refuge itself is asked
	TTL    uint32    `json:"ttl"`             // seconds that resolvers keep the way to the refuge
	Settle time.Time `json:"settle,omitzero"` // when resolvers have forgotten the way home
}

const absenceSchema = 1

// ErrAtHome is returned by ReadAbsence when the site was never away.
var ErrAtHome = errors.New("the site is at home")

// ReadAbsence reads what the last evacuation left for `up`.
func ReadAbsence(dir string) (Absence, error) {
	var a Absence
	raw, err := os.ReadFile(absenceFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return a, ErrAtHome
	}
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	if err == nil && a.Schema != absenceSchema {
		err = fmt.Errorf("schema %d is not %d: made by another version of buzzproof", a.Schema, absenceSchema)
	}
	if err != nil {
		return a, fmt.Errorf("read %s: %w", absenceFile(dir), err)
	}
	return a, nil
}

// writeAbsence tells `up` that the names were moved.
func (t *Trip) writeAbsence() error {
	raw, err := json.Marshal(Absence{
		Schema: absenceSchema, Host: t.state.Plan.Host, Since: t.state.Since, Back: t.state.Restored,
		Refuge: t.state.Place.Base, TTL: t.state.Plan.TTL, Settle: t.state.Since.Add(longest(t.state.Was)),
	})
	if err != nil {
		return err
	}
	return journal.WriteWhole(absenceFile(t.dir), append(raw, '\n'))
}

func absenceFile(dir string) string { return filepath.Join(dir, "away.json") }
