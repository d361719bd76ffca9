package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type bell struct {
	Loud  bool     `toml:"loud"`
	Every Duration `toml:"every"`
	Tones []tone   `toml:"tone"`
}

type tone struct {
	Hertz int `toml:"hertz"`
}

type shed struct {
	Path string `toml:"path"`
}

type cloud struct {
	Region string `toml:"region"`
}

func sections() (Sections, *bell, *map[string]shed, *Family) {
	b, sheds := &bell{Every: Duration(time.Minute)}, new(map[string]shed)
	f := &Family{Kinds: map[string]func() any{
		"shed":  func() any { return new(shed) },
		"cloud": func() any { return &cloud{Region: "north"} },
	}}
	return Sections{"bell": b, "shed": sheds, "refuge": f, "flags": &Loose{Names: []string{"rate", "quick"}}}, b, sheds, f
}

func TestAFileFillsItsSections(t *testing.T) {
	into, b, sheds, f := sections()
	text := `
[bell]
loud = true
[[bell.tone]]
hertz = 440
[shed.garden]
path = "/srv"
[flags]
rate = [1, "x"]
[refuge."next door"]
kind = "shed"
path = "/attic"
[refuge.sky]
kind = "cloud"
`
	if err := Parse([]byte(text), into); err != nil {
		t.Fatal(err)
	}
	if !b.Loud || time.Duration(b.Every) != time.Minute || len(b.Tones) != 1 || b.Tones[0].Hertz != 440 {
		t.Errorf("the bell is %+v", *b)
	}
	if (*sheds)["garden"].Path != "/srv" {
		t.Errorf("the sheds are %v", *sheds)
	}
	if got := fmt.Sprint(into["flags"].(*Loose).Values); got != "map[rate:[1 x]]" {
		t.Errorf("the flags are %s", got)
	}
	door, sky := f.Members["next door"], f.Members["sky"]
	if len(f.Members) != 2 || door.Kind != "shed" || door.Config.(*shed).Path != "/attic" || sky.Config.(*cloud).Region != "north" {
		t.Errorf("the family is %v", f.Members)
	}
}

func TestASlipIsToldByItsLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a letter too few", "[bell]\nlod = true", "line 2: there is no setting bell.lod, did you mean loud?"},
		{"another word", "[bell]\nvolume = 3", "line 2: there is no setting bell.volume, only loud, every, tone"},
		{"a section", "[bel]\nloud = true", "line 1: there is no setting bel, did you mean bell?"},
		{"in a list", "[[bell.tone]]\nherz = 4", "line 2: there is no setting bell.tone.herz, did you mean hertz?"},
		{"in a member of a family", "[refuge.a]\nkind = \"cloud\"\nregio = \"x\"", "line 3: there is no setting refuge.a.regio, did you mean region?"},
		{"a setting of another kind", "[refuge.a]\nkind = \"cloud\"\npath = \"x\"", "line 3: there is no setting refuge.a.path, only region"},
		{"no kind", "[refuge.a]\npath = \"x\"", "[refuge.a] wants kind = one of cloud, shed"},
		{"a kind that is none", "[refuge.a]\nkind = \"moon\"", "[refuge.a] wants kind = one of cloud, shed"},
		{"a name with a comma", "[refuge.\"a,b\"]\nkind = \"shed\"", `[refuge."a,b"]: a name has`},
		{"names that differ by their case", "[refuge.B]\nkind = \"shed\"", `[refuge."B"]: a name has`},
		{"a family without names", "refuge = 3", "refuge wants sections with a name: [refuge.NAME]"},
		{"another type", "[bell]\nloud = 3", "line 2, column 8: "},
		{"a time without unit", "[bell]\nevery = \"90\"", `"90" is no time`},
		{"a letter too few in a loose section", "[flags]\nrte = 5", "line 2: there is no setting flags.rte, did you mean rate?"},
		{"no TOML", "[bell\n", "line 1, column "},
	} {
		t.Run(c.name, func(t *testing.T) {
			into, b, _, _ := sections()
			err := Parse([]byte(c.text), into)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if b.Loud || time.Duration(b.Every) != time.Minute {
				t.Errorf("a file with a slip changed the bell to %+v", *b)
			}
		})
	}
}

func TestDaysAreTimes(t *testing.T) {
	var d Duration
	if err := d.UnmarshalText([]byte("7d")); err != nil || time.Duration(d) != 7*24*time.Hour {
		t.Errorf("7d is %v, %v", time.Duration(d), err)
	}
	if d.Or(time.Second) != 7*24*time.Hour || Duration(0).Or(time.Second) != time.Second {
		t.Error("Or takes the wrong one")
	}
}

func TestAFileIsNamedInItsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "buzzproof.toml")
	if err := os.WriteFile(path, []byte("x = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	into, _, _, _ := sections()
	if err := Read(path, into); err == nil || !strings.HasPrefix(err.Error(), path+": line 1: there is no setting x") {
		t.Errorf("error %v", err)
	}
	if err := Read(path+".no", into); err == nil {
		t.Error("a file that is not there was read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[bell]\nloud = true\n[refuge.a]\nkind = \"cloud\"")
	f.Add("[refuge.'']\nkind='shed'\n[refuge.'a\"`b']\nkind='shed'")
	f.Fuzz(func(_ *testing.T, text string) {
		into, _, _, _ := sections()
		_ = Parse([]byte(text), into)
	})
}
