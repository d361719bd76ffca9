package site

import "fmt"

// A Rung is what the ladder allows a visit now. A higher one costs the line
// less.
type Rung int

// The rungs, from the page as the origin made it to a word of refusal.
const (
	Full     Rung = iota // the page as the origin made it
	Slim                 // the same look in fewer bytes
	Lite                 // the whole text in one document
	Postcard             // the text in parts
	Refused              // no page: the line cannot carry one more visitor
)

var rungNames = [...]string{"full", "slim", "lite", "postcard", "refused"}

// String returns the name of the rung in configuration, logs and addresses.
func (r Rung) String() string {
	if r < Full || r > Refused {
		return fmt.Sprintf("rung(%d)", int(r))
	}
	return rungNames[r]
}

// A Class says who asks.
type Class int

// The classes. Person comes first: whoever shows no sign of being a machine is
// served as a person.
const (
	Person  Class = iota
	Preview       // fetches a page to show a link to it: fediverse servers, messengers
	Feed          // reads feeds for its users
	Search        // indexes the site for a search engine
	AI            // collects texts for a language model, or for one who asks it
	Monitor       // checks whether the site is up
	Scanner       // looks for holes, or copies without saying so
)

var classNames = [...]string{"person", "preview", "feed", "search", "ai", "monitor", "scanner"}

// String returns the name of the class in statistics and configuration.
func (c Class) String() string {
	if c < Person || c > Scanner {
		return fmt.Sprintf("class(%d)", int(c))
	}
	return classNames[c]
}

// Classes is every class in the order of its value.
func Classes() []Class {
	all := make([]Class, len(classNames))
	for i := range all {
		all[i] = Class(i)
	}
	return all
}

// An Asker is who sent a request as a log names him. Each hash is equal for
// equal texts, so that whoever is told of him need not read them again.
type Asker struct {
	Client, Agent         string // an address or a name; the agent as it stands
	ClientHash, AgentHash uint64
}
