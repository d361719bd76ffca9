// Package integration holds only tests: it starts the systems buzzproof is
// made for, as their owners run them, freezes them with the built program and
// judges the copy with a checker that shares no code with it.
package integration
