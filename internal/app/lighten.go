package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"buzzproof/internal/freeze"
	"buzzproof/internal/lighten"
	"buzzproof/internal/picture"
	"buzzproof/internal/snapshot"
	"buzzproof/internal/words"
)

// configFolder is where the owner's own words lie; "" if there is no home.
func configFolder() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "buzzproof")
}

// lightenConfig reads what the making of renditions depends on.
func lightenConfig(minify bool) (lighten.Config, error) {
	known, err := words.Load(configFolder())
	if err != nil {
		return lighten.Config{}, withStatus(statusMisused, err)
	}
	return lighten.Config{Words: known, Encoders: picture.FindEncoders(), Minify: minify}, nil
}

// newLightener prepares the renditions of what is current in dir.
func newLightener(dir string, minify bool) (*lighten.Lightener, *snapshot.Snapshot, error) {
	config, err := lightenConfig(minify)
	if err != nil {
		return nil, nil, err
	}
	folder, err := snapshot.RenditionsOf(dir)
	if err != nil {
		return nil, nil, err
	}
	s, err := snapshot.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	l, err := lighten.New(s, folder, config)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return l, s, nil
}

// memoryLimit makes the collector work harder before more is taken: making
// renditions leaves much behind that the next page does not need, and the
// machine under the stairs has a CMS to run as well.
const memoryLimit = 224 << 20

// lighten makes the renditions of the store's current snapshot, with progress,
// and sweeps away those of snapshots that are gone.
func (p *Program) lighten(ctx context.Context, store *snapshot.Store, minify bool) (*lighten.Report, error) {
	l, s, err := newLightener(store.Dir(), minify)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	stop := p.showProgress(func() string { return lightenLine(l.Progress()) })
	report, err := l.Run(ctx)
	stop()
	if err != nil {
		return nil, explainLighten(err, store.Dir())
	}
	ids, err := store.IDs()
	if err != nil {
		return nil, err
	}
	folder, err := snapshot.RenditionsOf(store.Dir())
	if err != nil {
		return nil, err
	}
	return report, folder.Sweep(ids)
}

// explainLighten adds what the owner can do.
func explainLighten(err error, dir string) error {
	const kept = "the copy itself is whole; what was made of it is kept, run the same command to go on"
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted while making renditions; %s: %w", kept, err)
	case isDiskFull(err):
		return fmt.Errorf("%w\nfree some space for %s; %s", err, dir, kept)
	}
	return err
}

func lightenLine(now lighten.Progress) string {
	line := fmt.Sprintf("lighten, %s: %d of %d", now.Step, now.Done, now.Total)
	if seconds := now.Elapsed.Seconds(); seconds >= 1 {
		line += fmt.Sprintf(", %.0f s", seconds)
	}
	return line
}

// summariseRenditions tells the owner what his pages weigh now.
func (p *Program) summariseRenditions(r *lighten.Report) {
	if p.globals.quiet || r == nil {
		return
	}
	p.talk("lightened: all pages together, each with what it needs: full %s -> slim %s -> lite %s, median page %s; %.1f s",
		bytesText(r.Full), bytesText(r.Slim), bytesText(r.Lite), bytesText(r.Median), r.Seconds)
	if missing := r.Pages - r.Light; missing > 0 {
		p.talk("  without a lite page: %d of %d", missing, r.Pages)
	}
	for i, n := range r.Notices {
		if i == listed {
			p.talk("  and %d more; --json lists all", len(r.Notices)-listed)
			break
		}
		p.talk("  %s: %s", n.URL, n.Text)
	}
}

// A frozenReport is what freeze --json says.
type frozenReport struct {
	*freeze.Report
	Renditions *lighten.Report `json:"renditions,omitempty"`
}

// keepLight makes what is missing of the renditions of dir until ctx ends,
// while the site is served: first of what is there, then of whatever becomes
// current. A freeze makes its own; it is waited for.
func keepLight(ctx context.Context, dir string, log *slog.Logger) {
	done := ""
	wait := 2 * time.Second
	for timer := time.NewTimer(0); ; timer.Reset(wait) {
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		id, err := snapshot.Fingerprint(dir)
		if err != nil || id == done || frozenNow(dir) {
			continue
		}
		if err := lightenOnce(ctx, dir, log); err != nil && ctx.Err() == nil {
			log.Error("renditions not made, full pages are sent", "dir", dir, "again in", longWait, "error", err)
			wait = longWait // a full disk is not emptied in two seconds
			continue
		}
		wait = 2 * time.Second
		done, _ = snapshot.Fingerprint(dir)
	}
}

// longWait is until what went wrong is tried again.
const longWait = 5 * time.Minute

// frozenNow reports whether a freeze writes to dir.
func frozenNow(dir string) bool {
	if _, err := snapshot.CurrentID(dir); err != nil {
		return false // a plain folder
	}
	return snapshot.Locked(dir)
}

// lightenOnce makes the renditions of what is current unless they are there.
func lightenOnce(ctx context.Context, dir string, log *slog.Logger) error {
	l, s, err := newLightener(dir, false)
	if err != nil {
		return err
	}
	defer s.Close()
	folder, err := snapshot.RenditionsOf(dir)
	if err != nil {
		return err
	}
	if s.Attach(folder) {
		return nil
	}
	report, err := l.Run(ctx)
	if err == nil {
		err = sweepPlain(dir, folder, s.Manifest.ID)
	}
	if err == nil {
		log.Info("renditions are ready", "pages", report.Pages, "lite", report.Light, "median", report.Median, "seconds", int(report.Seconds))
	}
	return err
}

// sweepPlain removes what was made of a plain folder as it was before: nobody
// freezes it, so nobody else would.
func sweepPlain(dir string, folder *snapshot.Renditions, id string) error {
	if _, err := snapshot.CurrentID(dir); !errors.Is(err, snapshot.ErrNoSnapshot) {
		return nil // of a store; each freeze sweeps
	}
	return folder.Sweep([]string{id})
}
