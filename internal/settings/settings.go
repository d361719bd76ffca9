// Package settings reads the one configuration file.
//
// Every package that can be configured declares its own structure; this one
// puts them together for a single strict reading, so that a slip anywhere in
// the file is told by its line, with the name that was probably meant.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Sections are what a file may hold: by the name of each section a pointer to
// the structure or map that takes it, a *Family or a *Loose.
type Sections map[string]any

// A Loose section has settings that are known by name only and may be of any
// type.
type Loose struct {
	// Names are the settings there are.
	Names []string
	// Values are what the file holds.
	Values map[string]any
}

// A Family is a section whose members are named by the owner and say by "kind"
// which structure they are:
//
//	[refuge.attic]
//	kind = "host"
type Family struct {
	// Kinds makes an empty structure, as a pointer, for each kind.
	Kinds map[string]func() any
	// Members are what the file holds, by name.
	Members map[string]Member
}

// A Member is one of a family.
type Member struct {
	Kind   string
	Config any // what Kinds made, filled
}

// most is far more than anybody writes by hand.
const most = 1 << 20

// Read reads a file into sections. What the file does not name stays as it was.
func Read(path string, into Sections) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%d bytes are too many for a configuration", len(text))
	}
	if err == nil {
		err = Parse(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Parse reads a text into sections.
func Parse(text []byte, into Sections) error {
	shape, err := shapeOf(text, into)
	if err != nil {
		return err
	}
	whole := reflect.New(reflect.StructOf(shape.fields))
	for i, s := range shape.sections {
		s.load(whole.Elem().Field(i))
	}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := explain(d.Decode(whole.Interface()), whole.Type().Elem(), into); err != nil {
		return err
	}
	for i, s := range shape.sections {
		s.store(whole.Elem().Field(i))
	}
	return nil
}

// A shape is the structure that a whole file has.
type shape struct {
	fields   []reflect.StructField
	sections []section
}

// A section goes between the target and its field of the whole.
type section struct {
	load, store func(field reflect.Value)
}

func shapeOf(text []byte, into Sections) (*shape, error) {
	s := new(shape)
	for _, name := range slices.Sorted(maps.Keys(into)) {
		if family, ok := into[name].(*Family); ok {
			kinds, err := kindsIn(text, name, family)
			if err != nil {
				return nil, err
			}
			s.addFamily(name, family, kinds)
			continue
		}
		if loose, ok := into[name].(*Loose); ok {
			s.addLoose(name, loose)
			continue
		}
		target := reflect.ValueOf(into[name]).Elem()
		s.fields = append(s.fields, field(len(s.fields), name, target.Type()))
		s.sections = append(s.sections, section{
			load:  func(f reflect.Value) { f.Set(target) },
			store: func(f reflect.Value) { target.Set(f) },
		})
	}
	return s, nil
}

// addFamily makes a structure with a field for each member, of its kind.
func (s *shape) addFamily(name string, family *Family, kinds map[string]string) {
	names := slices.Sorted(maps.Keys(kinds))
	var members []reflect.StructField
	var values []reflect.Value
	for i, member := range names {
		v := reflect.ValueOf(family.Kinds[kinds[member]]())
		members, values = append(members, field(i, member, v.Type().Elem())), append(values, v)
	}
	s.fields = append(s.fields, field(len(s.fields), name, reflect.StructOf(members)))
	s.sections = append(s.sections, section{
		load: func(f reflect.Value) {
			for i, v := range values {
				f.Field(i).Set(v.Elem())
			}
		},
		store: func(f reflect.Value) {
			family.Members = make(map[string]Member, len(names))
			for i, member := range names {
				values[i].Elem().Set(f.Field(i))
				family.Members[member] = Member{kinds[member], values[i].Interface()}
			}
		},
	})
}

// addLoose makes a structure with a field for each name, so that the reader
// finds the names that are none.
func (s *shape) addLoose(name string, loose *Loose) {
	settings := make([]reflect.StructField, len(loose.Names))
	for i, setting := range loose.Names {
		settings[i] = field(i, setting, reflect.TypeFor[any]())
	}
	s.fields = append(s.fields, field(len(s.fields), name, reflect.StructOf(settings)))
	s.sections = append(s.sections, section{
		load: func(reflect.Value) {},
		store: func(f reflect.Value) {
			loose.Values = map[string]any{}
			for i, setting := range loose.Names {
				if value := f.Field(i).Interface(); value != nil {
					loose.Values[setting] = value
				}
			}
		},
	})
}

// plain are names that differ by more than their case, which the reader of TOML
// does not tell apart.
var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9 ._-]*$`)

// kindsIn reads which members a family has and of which kind each is.
func kindsIn(text []byte, name string, family *Family) (map[string]string, error) {
	var loose map[string]any
	if err := explain(toml.Unmarshal(text, &loose), nil, nil); err != nil {
		return nil, err
	}
	members, ok := loose[name].(map[string]any)
	if !ok && loose[name] != nil {
		return nil, fmt.Errorf("%s wants sections with a name: [%s.NAME]", name, name)
	}
	kinds := make(map[string]string, len(members))
	for member, value := range members {
		if !plain.MatchString(member) {
			return nil, fmt.Errorf("[%s.%q]: a name has small letters, digits, spaces and . _ -", name, member)
		}
		table, _ := value.(map[string]any)
		kind, _ := table["kind"].(string)
		if family.Kinds[kind] == nil {
			return nil, fmt.Errorf("[%s.%s] wants kind = one of %s", name, member,
				strings.Join(slices.Sorted(maps.Keys(family.Kinds)), ", "))
		}
		kinds[member] = kind
	}
	return kinds, nil
}

// field makes the field of a structure for a name of the file.
func field(i int, name string, t reflect.Type) reflect.StructField {
	return reflect.StructField{
		Name: fmt.Sprintf("F%d", i), Type: t,
		Tag: reflect.StructTag(fmt.Sprintf("toml:%q", name)),
	}
}

// explain says where in the file a mistake is and what was probably meant.
func explain(err error, whole reflect.Type, into Sections) error {
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		for i := range strict.Errors {
			unknown := &strict.Errors[i]
			key := unknown.Key()
			if len(key) == 3 && key[2] == "kind" && isFamily(into[key[0]]) {
				continue // read before
			}
			row, _ := unknown.Position()
			return fmt.Errorf("line %d: there is no setting %s%s", row, strings.Join(key, "."), nearest(whole, key))
		}
		return nil
	}
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := wrong.Position()
		return fmt.Errorf("line %d, column %d: %s", row, column, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return err
}

func isFamily(section any) bool {
	_, ok := section.(*Family)
	return ok
}
