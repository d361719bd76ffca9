// Package pid1 is the operating system around the server: the first and, but
// for its own child, the only process of a machine booted from a disk that
// package image made. Linux only.
//
// Nothing is mounted that could be written to, so there is nothing to lose;
// everything else is a loop that is begun again when it fails.
package pid1

import (
	"net/netip"
	"strconv"
)

// SettingsFile says inside the system how it was meant to be.
const SettingsFile = "/etc/buzzproof.json"

// Jail is the folder that the server runs in and cannot leave. The site is in
// Jail/site.
const Jail = "/srv"

// User is the number of the server's user and group.
const User = 1000

// Settings are what the maker of the disk decided.
type Settings struct {
	// Addresses are fixed, at most one of a family; Gateways are of the same families.
	Addresses []netip.Prefix `json:"addresses"`
	Gateways  []netip.Addr   `json:"gateways"`
	Command   []string       `json:"command"` // the server's arguments, but for the memory it may take; its ports by Port
	Listen    []string       `json:"listen"`  // the ports that are opened for it
	Secure    bool           `json:"secure"`  // TLS keys are used: wait for real entropy
}

// Port names the port that was opened for Listen[i] as up wants it: descriptors
// follow the usual three and the pipe of figures.
func Port(i int) string { return "fd:" + strconv.Itoa(4+i) }
