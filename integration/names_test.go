package integration

import (
	"testing"

	"buzzproof/internal/dns/dnstest"
)

func TestNamesAreMovedAtBIND(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { return bindPeer(t, newStage(t)) })
}

func TestNamesAreMovedAtPowerDNS(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { return powerdnsPeer(t, newStage(t)).Peer })
}
