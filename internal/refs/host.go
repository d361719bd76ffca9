package refs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// hosts spells names as browsers do (URL Living Standard, section 3.3).
var hosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))

// longestHost is how long a host with its port can be, in bytes: 253 letters of
// at most four (RFC 1035, section 2.3.4). To spell a longer one takes time that
// grows with its square.
const longestHost = 253*4 + len(":65535")

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// Host returns the one spelling of a host, which may have a port: in lower case
// and in ASCII. A name in other letters is that of RFC 5891: bücher.example is
// xn--bcher-kva.example.
func Host(host string) (string, error) {
	if ascii(host) {
		return strings.ToLower(host), nil
	}
	if len(host) > longestHost {
		return "", fmt.Errorf("a host of %d bytes is no name", len(host))
	}
	name, port, found := strings.Cut(host, ":")
	name, err := hosts.ToASCII(name)
	if err != nil || name == "" || strings.ContainsAny(name, " %/?#@:[]\\^|<>") {
		return "", fmt.Errorf("%q is no name of a host", host)
	}
	if found {
		name += ":" + port
	}
	return name, nil
}

// UnicodeHost is the other way: the spelling that people read. It is the same
// for most hosts.
func UnicodeHost(host string) string {
	if readable, err := hosts.ToUnicode(host); err == nil {
		return readable
	}
	return host
}

// nameable reports whether a host has a name, and colons only before its port
// or in brackets: url.Parse lets more through in a reference without a scheme
// than it reads back in a whole URL.
func nameable(host string) bool {
	if strings.HasPrefix(host, "[") {
		return true
	}
	name, port, _ := strings.Cut(host, ":")
	return name != "" && !strings.Contains(port, ":")
}

// plainHost lowers the host and leaves out the port its scheme implies.
func plainHost(scheme, host string) string {
	if scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return strings.ToLower(strings.TrimSuffix(host, ":"))
}
