package app

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/ban"
	"buzzproof/internal/sshlog"
	"buzzproof/internal/tail"
)

// sshOptions are the flags of ssh-log.
type sshOptions struct {
	state       string
	ban, follow bool
	length      time.Duration
	top         int
}

func (p *Program) sshCommand() *cobra.Command {
	var o sshOptions
	c := &cobra.Command{
		Use:   "ssh-log LOG...",
		Short: "who tries passwords at ssh",
		Long: "Reads what sshd says of strangers: auth.log, what journalctl prints (short,\n" +
			"short-iso, short-full, short-unix, json, export), or a file of sshd's own;\n" +
			"packed by gzip or not, - for stdin. With --ban those who try eight times in ten\n" +
			"minutes are shut out for a while.",
		Example: `  buzzproof ssh-log /var/log/auth.log
  journalctl -u ssh -o export | buzzproof ssh-log - --ban
  buzzproof ssh-log -f --ban /var/log/auth.log`,
		Args: wants(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return p.sshLog(cmd.Context(), &o, args) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.ban, "ban", false, "ban who tries passwords")
	flags.DurationVar(&o.length, "for", 24*time.Hour, "how long a first ban lasts: a `TIME` such as 24h; the next ones are longer")
	flags.BoolVarP(&o.follow, "follow", "f", false, "go on with what is appended, also after rotation, until Ctrl-C")
	flags.IntVar(&o.top, "top", 10, "`NUMBER` of addresses and names to list")
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that keeps the bans")
	return c
}

func (o *sshOptions) check(args []string) error {
	switch {
	case o.follow && (len(args) != 1 || args[0] == "-"):
		return errors.New("-f follows one file; stdin is followed without it")
	case o.length <= 0:
		return errors.New("--for wants a time such as 24h: every ban has an end")
	case o.top < 0:
		return errors.New("--top wants a number of lines")
	}
	return nil
}

// A sshRun is one run of ssh-log.
type sshRun struct {
	*Program
	o     *sshOptions
	store ban.Store
	tally *sshlog.Tally
	lines int
	log   *grown // that is followed, nil for none

	caught    []caught // who is still to be banned and told of
	unsettled error    // why one could not be
}

// Somebody caught tried once too often.
type caught struct {
	sshlog.Caller
	dated bool     // it is known when
	ban   *ban.Ban // nil for none
}

// mostCaught is how many wait to be banned: with 256 bytes each they take 1 MB.
const mostCaught = 4096

func (p *Program) sshLog(ctx context.Context, o *sshOptions, args []string) error {
	if err := o.check(args); err != nil {
		return withStatus(statusMisused, err)
	}
	run := &sshRun{Program: p, o: o, store: ban.In(o.state), tally: sshlog.NewTally()}
	for _, name := range args {
		if err := run.file(ctx, name); err != nil {
			return err
		}
	}
	return run.report(time.Now())
}

// file reads one log to its end, or until ctx ends when it is followed.
func (r *sshRun) file(ctx context.Context, name string) error {
	if name == "-" {
		return r.read(ctx, name, os.Stdin, isStream(os.Stdin))
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w\nwhere there is only the journal: journalctl -u ssh -o export | buzzproof ssh-log -", err)
	}
	if err != nil {
		return err
	}
	if r.o.follow {
		return r.follow(ctx, name, f)
	}
	defer f.Close()
	unpacked, err := unpack(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return r.read(ctx, name, unpacked, isStream(f))
}

// isStream reports whether to read on may mean to wait.
func isStream(f *os.File) bool {
	info, err := f.Stat()
	return err != nil || !info.Mode().IsRegular()
}

// follow reads what a log has and gets, until ctx ends.
func (r *sshRun) follow(ctx context.Context, name string, f *os.File) error {
	t, err := tail.Follow(name, f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	defer t.Close()
	// Whoever has a pipe open and writes nothing keeps no reader from ending.
	defer context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Now()) })() // a regular file has none
	r.log = &grown{File: t, ctx: ctx, old: true, caughtUp: func() { r.talk("following %s; Ctrl-C ends it", name) }}
	return r.read(ctx, name, r.log, true)
}

// unpack reads through gzip if that is what there is.
func unpack(f io.Reader) (io.Reader, error) {
	r := bufio.NewReader(f)
	if head, err := r.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		return gzip.NewReader(r)
	}
	return r, nil
}

// read reads one log. A change of the bans writes all of them, so there is one at
// the end, and before more of a stream is waited for.
func (r *sshRun) read(ctx context.Context, name string, from io.Reader, stream bool) error {
	if stream {
		from = settling{from, r}
	}
	return errors.Join(r.catch(ctx, name, from), r.settle(time.Now()))
}

// A settling reader settles what was read before it reads on.
type settling struct {
	io.Reader
	run *sshRun
}

func (s settling) Read(p []byte) (int, error) {
	if s.run.unsettled = s.run.settle(time.Now()); s.run.unsettled != nil {
		return 0, s.run.unsettled
	}
	return s.Reader.Read(p)
}

// catch counts the knocks of a log and finds who tried once too often.
func (r *sshRun) catch(ctx context.Context, name string, from io.Reader) error {
	knocks := sshlog.NewReader(from, time.Now())
	defer func() { r.lines += knocks.Lines }()
	for ctx.Err() == nil {
		k, err := knocks.Next()
		if errors.Is(err, io.EOF) || err != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			return cmp.Or(r.unsettled, fmt.Errorf("read %s: %w", name, err))
		}
		// sshd's own file has no times: what it says of old may be years old.
		undated := k.At.IsZero()
		if undated {
			k.At = time.Now()
		}
		caller, brute := r.tally.Add(ban.Of(k.Addr), k)
		if !brute || undated && r.log != nil && r.log.old {
			continue
		}
		r.caught = append(r.caught, r.charge(caller, !undated || r.log != nil))
		if len(r.caught) < mostCaught {
			continue
		}
		if err := r.settle(time.Now()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil && !r.o.follow {
		return ctx.Err()
	}
	return nil
}

// charge says what is to become of a caller.
func (r *sshRun) charge(c sshlog.Caller, dated bool) caught {
	if !r.o.ban || ban.Spared(c.Address.Addr()) {
		return caught{Caller: c}
	}
	return caught{c, dated, &ban.Ban{Address: c.Address, Why: "tries passwords at ssh", By: "ssh", From: c.Brute, Until: c.Brute.Add(r.o.length)}}
}

// settle bans who was caught, in one change, and tells of it.
func (r *sshRun) settle(now time.Time) error {
	all := r.caught
	r.caught = nil
	if slices.ContainsFunc(all, func(c caught) bool { return c.ban != nil }) {
		err := r.store.Change(now, func(l *ban.List) {
			for _, c := range all {
				c.shutOut(l, now)
			}
		})
		if err != nil {
			return err
		}
	}
	if !r.o.follow {
		return nil
	}
	for _, c := range all {
		said := fmt.Sprintf("%s tries passwords: %d so far", shortPrefix(c.Address), c.Tries)
		if c.ban != nil {
			said += ", banned until " + c.ban.Until.Local().Format("2 Jan 15:04")
		}
		r.talk("%s", said)
	}
	return nil
}

// shutOut bans a caller, for longer if he was banned before. What an old log
// tells may be over.
func (c caught) shutOut(l *ban.List, now time.Time) {
	switch {
	case c.ban == nil:
	case !c.dated:
		l.AddUndated(*c.ban)
	default:
		if *c.ban = l.Lengthen(*c.ban); c.ban.Until.After(now) {
			l.Add(*c.ban)
		}
	}
}
