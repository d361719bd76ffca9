//go:build !linux

package pid1

import (
	"context"
	"errors"
)

// Booted is false: the systems of package image are Linux.
func Booted() bool { return false }

// Run is for Linux.
func Run(context.Context) error { return errors.New("run as the first process: only on Linux") }

// Teller is nil: there is no console.
func Teller() func(Figures) { return nil }
