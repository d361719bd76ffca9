package app

import (
	"fmt"
	"strings"

	"buzzproof/internal/accesslog"
)

// known returns the format that was asked for, or nil for the one to recognise.
func (o *statsOptions) known() (accesslog.Format, error) {
	if o.format == "" {
		return nil, nil
	}
	if kind, ok := accesslog.Named(strings.ToLower(o.format)); ok {
		return kind.Format, nil
	}
	if !strings.ContainsAny(o.format, "%$") {
		return nil, fmt.Errorf("--format %s: there is no such format\ntry one of: %s\nor nginx's, Apache's or GoAccess's notation, such as '%%h %%l %%u %%t \"%%r\" %%>s %%b'", o.format, formatNames())
	}
	f, err := accesslog.Notation(o.format, o.dateFormat, o.timeFormat)
	if err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	return f, nil
}

func formatNames() string {
	var names []string
	for _, k := range accesslog.Kinds() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}
