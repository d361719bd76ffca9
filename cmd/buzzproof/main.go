// Command buzzproof keeps a self-hosted site reachable on the day it becomes famous.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"buzzproof/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal asks, the second one kills
	program := app.Program{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(program.Run(ctx))
}
