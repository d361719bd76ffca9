package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/dashboard"
	"buzzproof/internal/site"
)

// banned is what the book holds of somebody.
type banned = ban.Ban

// An owner carries out what is asked for on a screen.
type owner struct {
	w        *watchman
	g        *group
	freeze   func(ctx context.Context) error // nil when it is not known what to freeze
	freezing atomic.Bool
}

// Do carries out one action.
func (o *owner) Do(_ context.Context, a dashboard.Action) (string, error) {
	switch a.Do {
	case "force":
		return o.force(a.What)
	case "auto":
		o.w.server.Release()
		return "The ladder chooses again.", nil
	case "freeze":
		return o.freezeNow()
	case "ban":
		return o.ban(a.What)
	case "unban":
		return o.unban(a.What)
	case "mute":
		return o.mute(a.For)
	case "unmute":
		o.w.alerts.Mute(time.Time{})
		return "Alerts are let through.", nil
	}
	return "", misuse("%q is nothing that can be done", a.Do)
}

// misuse is an action that makes no sense.
func misuse(format string, args ...any) error {
	return dashboard.Misuse(fmt.Sprintf(format, args...))
}

func (o *owner) force(name string) (string, error) {
	for r := site.Full; r < site.Refused; r++ {
		if r.String() == name {
			o.w.server.Force(r)
			return fmt.Sprintf("Every page is sent as %s until you let the ladder choose.", name), nil
		}
	}
	return "", misuse("%q is no rung", name)
}

// freezeNow freezes the site; a new snapshot is taken over by itself. A freeze
// outlives the screen that asked for it.
func (o *owner) freezeNow() (string, error) {
	if o.freeze == nil {
		return "", misuse("it is not known where the living site is: start up with --origin URL")
	}
	if !o.freezing.CompareAndSwap(false, true) {
		return "A freeze is under way.", nil
	}
	o.g.goes(func(ctx context.Context) error {
		defer o.freezing.Store(false)
		if err := o.freeze(ctx); err != nil {
			o.w.log.Error("the site was not frozen", "error", err)
		}
		return nil
	})
	return "The site is being frozen; what is new is served as soon as it is complete.", nil
}

// ownersBan is how long the owner's own bans last.
const ownersBan = 24 * time.Hour

func (o *owner) ban(what string) (string, error) {
	a, err := parseAddr(what)
	if err != nil {
		return "", err
	}
	now := time.Now()
	b := ban.Ban{Address: ban.Of(a), Why: "the owner shut it out", By: ban.ByOwner, From: now, Until: now.Add(ownersBan)}
	if !o.w.keeper.book.Add(b) {
		return "", misuse("%s is spared from bans, or there is no room for another", a)
	}
	return fmt.Sprintf("%s is shut out until %s.", a, b.Until.Format("15:04")), nil
}

func (o *owner) unban(what string) (string, error) {
	a, err := ban.Parse(what)
	if err != nil {
		return "", misuse("%v", err)
	}
	now, lifted := time.Now(), false
	err = o.w.keeper.store.Change(now, func(l *ban.List) { lifted = l.Lift(a, now.Add(pardon)) })
	if err == nil && !lifted {
		err = misuse("%s is not shut out", shortPrefix(a))
	}
	return fmt.Sprintf("%s is let in, and pardoned until %s.", shortPrefix(a), now.Add(pardon).Format("2 Jan 15:04")), err
}

// longestMute keeps a slip of the hand from silencing a house for a year.
const longestMute = 7 * 24 * time.Hour

func (o *owner) mute(length time.Duration) (string, error) {
	if length <= 0 || length > longestMute {
		return "", misuse("a mute lasts from a second to a week")
	}
	until := time.Now().Add(length)
	o.w.alerts.Mute(until)
	return fmt.Sprintf("Alerts are held back until %s; howls are not.", until.Format("15:04")), nil
}
