package app

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// places says where addresses are, by databases of MaxMind's format, from
// whoever made them.
type places []*maxminddb.Reader

// A record is what a database may know of an address. The names are those of
// GeoLite2, DB-IP and ip-location-db.
type record struct {
	Country struct {
		Names map[string]string `maxminddb:"names"`
		ISO   string            `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	CountryCode string `maxminddb:"country_code"`
	Number      uint   `maxminddb:"autonomous_system_number"`
	Network     string `maxminddb:"autonomous_system_organization"`
}

func openPlaces(files []string) (places, error) {
	var p places
	for _, name := range files {
		db, err := maxminddb.Open(name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), p.Close())
		}
		p = append(p, db)
	}
	return p, nil
}

func (p places) Close() error {
	var errs error
	for _, db := range p {
		errs = errors.Join(errs, db.Close())
	}
	return errs
}

// Locate is of a client as logs name it.
func (p places) Locate(client string) (country, network string) {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return "", ""
	}
	return p.of(addr)
}

// of asks every database in turn.
func (p places) of(addr netip.Addr) (country, network string) {
	for _, db := range p {
		var r record
		if db.Lookup(addr).Decode(&r) != nil {
			continue
		}
		switch {
		case r.Country.Names["en"] != "":
			country = r.Country.Names["en"]
		case r.Country.ISO != "":
			country = r.Country.ISO
		case r.CountryCode != "":
			country = r.CountryCode
		}
		if r.Network != "" {
			network = fmt.Sprintf("AS%d %s", r.Number, r.Network)
		}
	}
	return country, network
}
