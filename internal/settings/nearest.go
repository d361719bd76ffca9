package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// nearest is ", did you mean X?" where a known name is like the last of key,
// and otherwise the names that there are.
func nearest(whole reflect.Type, key []string) string {
	t := whole
	for _, name := range key[:len(key)-1] {
		t = within(t, name)
		if t == nil {
			return ""
		}
	}
	names := namesOf(t)
	if len(names) == 0 {
		return ""
	}
	wrong := key[len(key)-1]
	best := slices.MinFunc(names, func(a, b string) int { return distance(wrong, a) - distance(wrong, b) })
	// A third of the letters wrong is a slip; more is another word.
	if distance(wrong, best)*3 <= max(len(wrong), len(best)) {
		return fmt.Sprintf(", did you mean %s?", best)
	}
	return ", only " + strings.Join(names, ", ")
}

// within returns the type of what a name holds; nil when there is no such name.
func within(t reflect.Type, name string) reflect.Type {
	switch t = pointed(t); t.Kind() {
	case reflect.Map:
		return t.Elem()
	case reflect.Struct:
		for i := range t.NumField() {
			if nameOf(t.Field(i)) == name {
				return t.Field(i).Type
			}
		}
	}
	return nil
}

func namesOf(t reflect.Type) (names []string) {
	if t = pointed(t); t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if name := nameOf(t.Field(i)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func pointed(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	return strings.TrimPrefix(name, "-")
}

// distance is Levenshtein's: how many letters must be put in, taken out or
// changed to make a of b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
