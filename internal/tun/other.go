//go:build !linux

package tun

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os/exec"

	"buzzproof/internal/link"
)

var errNotHere = errors.New("network namespaces exist on Linux only\nthe same rehearsal without --tun runs anywhere")

// Config says what a rig is like.
type Config struct {
	Line       link.Line
	Congestion string
}

// A Rig does not exist on this system; the methods make the callers build.
type Rig struct{}

// Open says that there is no rig.
func Open(Config) (*Rig, error) { return nil, errNotHere }

func (*Rig) Run(context.Context) error                        { return errNotHere }
func (*Rig) Close() error                                     { return nil }
func (*Rig) Begin()                                           {}
func (*Rig) Up() (s link.Stats)                               { return s }
func (*Rig) Home() (a netip.Addr)                             { return a }
func (*Rig) Dial(context.Context, int, int) (net.Conn, error) { return nil, errNotHere }
func (*Rig) DialHome(context.Context, int) (net.Conn, error)  { return nil, errNotHere }
func (*Rig) Start(*exec.Cmd) (*Program, error)                { return nil, errNotHere }
func (*Rig) WaitFor(context.Context, *Program, int) error     { return errNotHere }

// A Program cannot run here.
type Program struct{}

func (*Program) Stop() {}
