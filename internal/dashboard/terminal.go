package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Terminal shows what a client watches until ctx ends or the owner leaves.
func Terminal(ctx context.Context, c *Client, in io.Reader, out io.Writer, style Style) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := &model{ctx: ctx, client: c, screen: Screen{Style: style, Notice: "connecting ..."}}
	program := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	go c.Keep(ctx, func(u Update) { program.Send(u) }, func(err error) { program.Send(lost{err}) })
	_, err := program.Run()
	switch {
	case m.refused != nil:
		return m.refused
	case errors.Is(err, tea.ErrProgramKilled) || errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return err
}

// again is how long after a lost connection the next is tried.
const again = 2 * time.Second

// Keep watches, again and again after the connection is lost, until ctx ends.
func (c *Client) Keep(ctx context.Context, saw func(Update), missed func(error)) {
	for {
		err := c.Watch(ctx, saw)
		if ctx.Err() != nil {
			return
		}
		missed(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

// lost is that the connection has broken.
type lost struct{ err error }

// done is what an action came to.
type done struct {
	said string
	err  error
}

// A model is the state of the terminal.
type model struct {
	ctx           context.Context
	client        *Client
	screen        Screen
	width, height int
	ask           *question
	refused       error // ends the program: no key, nothing to wait for
}

// A question is what the owner is asked before something happens.
type question struct {
	text   string
	action Action
	typed  bool   // an address is typed before it is confirmed
	picks  string // keys that choose what, e.g. "1234"
}

// rungs are what the keys 1 to 4 mean.
var rungs = [...]string{"full", "slim", "lite", "postcard"}

var questions = map[string]question{
	"f": {text: "force which rung: 1 full, 2 slim, 3 lite, 4 postcard", action: Action{Do: "force"}, picks: "1234"},
	"a": {text: "let the ladder choose? y/n", action: Action{Do: "auto"}},
	"z": {text: "freeze the site now? y/n", action: Action{Do: "freeze"}},
	"m": {text: "mute alerts for an hour? y/n", action: Action{Do: "mute", For: time.Hour}},
	"b": {text: "shut out which address (Enter to do it): ", action: Action{Do: "ban"}, typed: true},
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) View() tea.View {
	v := tea.NewView("")
	if m.width > 0 {
		s := m.screen
		if m.ask != nil {
			s.Notice = m.ask.text + m.ask.action.What
		}
		v.SetContent(strings.Join(s.Draw(m.width, m.height), "\n"))
	}
	v.AltScreen = true
	return v
}

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case Update:
		m.saw(msg)
	case lost:
		m.screen.Notice = "the connection is lost, trying again: " + msg.err.Error()
		if errors.Is(msg.err, ErrKey) {
			m.refused = msg.err
			return m, tea.Quit
		}
	case done:
		m.screen.Notice = msg.said
		if msg.err != nil {
			m.screen.Notice = msg.err.Error()
		}
	case tea.KeyPressMsg:
		return m, m.key(msg)
	}
	return m, nil
}

// saw takes in what came. A state without lists leaves those that are shown.
func (m *model) saw(u Update) {
	if u.Details == nil {
		u.Details = m.screen.State.Details
	}
	m.screen.State = u.State
	if u.Points != nil || len(m.screen.Points) == 0 {
		m.screen.Points, m.screen.Notice = u.Points, ""
		return
	}
	m.screen.Points = append(m.screen.Points, pointOf(u.Now))
	if extra := len(m.screen.Points) - kept; extra > 0 {
		m.screen.Points = m.screen.Points[extra:]
	}
}

func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	switch {
	case key == "ctrl+c", key == "q" && m.ask == nil:
		return tea.Quit
	case m.ask != nil:
		return m.answer(key, k.Text)
	}
	if q, ok := questions[key]; ok {
		m.ask = &q
	}
	return nil
}

// answer takes in a key while a question stands.
func (m *model) answer(key, text string) tea.Cmd {
	q := m.ask
	switch {
	case key == "esc":
		m.ask, m.screen.Notice = nil, "nothing was done"
	case q.typed && key == "backspace":
		if n := len(q.action.What); n > 0 {
			q.action.What = q.action.What[:n-1]
		}
	case q.typed && key == "enter":
		if q.action.What != "" {
			return m.act(q.action)
		}
	case q.typed:
		// An address has these letters and no others.
		if len(q.action.What) < 64 && strings.Trim(text, "0123456789abcdefABCDEF.:/") == "" {
			q.action.What += text
		}
	case q.picks != "" && q.action.What == "":
		if at := strings.Index(q.picks, key); at >= 0 && len(key) == 1 {
			q.action.What = rungs[at]
			q.text = "force this rung? y/n "
		}
	case key == "y":
		return m.act(q.action)
	case key == "n":
		m.ask, m.screen.Notice = nil, "nothing was done"
	}
	return nil
}

// act asks for an action, beside whatever else the terminal does.
func (m *model) act(a Action) tea.Cmd {
	m.ask, m.screen.Notice = nil, fmt.Sprintf("%s %s ...", a.Do, a.What)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, time.Minute)
		defer cancel()
		said, err := m.client.Do(ctx, a)
		return done{said, err}
	}
}
