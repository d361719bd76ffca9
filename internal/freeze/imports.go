package freeze

import (
	"bytes"
	"strings"
)

// longestImport bounds the name of a module: longer quotes are not names.
const longestImport = 500

// imports lists the modules that a script names as its own neighbours, by
// import, export ... from or import(). They keep their names: a script and its
// neighbours lie in the copy as they lay at the origin. What else a script
// asks for while it runs is not to be known by reading it.
func imports(script []byte) []string {
	var names []string
	for _, word := range []string{"import", "from"} {
		for rest := script; ; {
			i := bytes.Index(rest, []byte(word))
			if i < 0 {
				break
			}
			rest = rest[i+len(word):]
			if name, ok := quoted(rest); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// quoted reads the relative or root-relative name in quotes that s begins
// with, after spaces and an opening bracket.
func quoted(s []byte) (string, bool) {
	s = bytes.TrimLeft(s[:min(len(s), longestImport)], " \t\r\n(")
	if len(s) < 3 || s[0] != '"' && s[0] != '\'' && s[0] != '`' {
		return "", false
	}
	end := bytes.IndexByte(s[1:], s[0])
	if end < 0 {
		return "", false
	}
	name := string(s[1 : 1+end])
	relative := strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/")
	return name, relative && !strings.ContainsAny(name, "\r\n\\$*")
}
