package app

import (
	"context"
	"errors"
)

// Exit statuses that scripts may rely on.
const (
	statusFailed      = 1
	statusMisused     = 2
	statusConfig      = 3
	statusThreshold   = 4
	statusNetwork     = 5
	statusRefused     = 6
	statusUnseen      = 7
	statusIncomplete  = 8
	statusCap         = 9
	statusInterrupted = 130
)

// A statusError is an error that knows its exit status.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func withStatus(status int, err error) error { return &statusError{status, err} }

func statusOf(err error) int {
	if known, ok := errors.AsType[*statusError](err); ok {
		return known.status
	}
	if errors.Is(err, context.Canceled) {
		return statusInterrupted
	}
	return statusFailed
}
