package tally

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// some is a tally with something of everything.
func some() *Tally {
	t := &Tally{At: time.Unix(1_473_107_400, 0), Refused: 7, Dropped: 3, Rungs: [Rungs]uint64{1, 2, 3, 4, 5}, Sources: [Sources]uint64{6, 7, 8}}
	for i := range t.Classes {
		n := uint64(i + 1)
		t.Classes[i] = ClassCount{Count: Count{n, n * 1000, float64(n) / 2}, Visits: n * 2, NotFound: n * 3, Failed: n * 4}
	}
	for us := range uint64(1000) {
		t.Took.Add(us * us)
	}
	for p := range Panels {
		for i := range 5 {
			c := &t.Panels[p].At(fmt.Sprintf("%s %d", p, i)).Classes[i%Classes]
			c.Hits, c.Bytes, c.Visitors = uint64(10-i), uint64(i)*100, float64(i)
		}
	}
	return t
}

func TestATallyComesBackAsItWasPacked(t *testing.T) {
	want := some()
	packed := want.Pack(Room)
	got, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if again := got.Pack(Room); !bytes.Equal(again, packed) {
		t.Errorf("packed anew it is another: %d and %d bytes", len(again), len(packed))
	}
	if !got.At.Equal(want.At) || got.Classes != want.Classes || got.Rungs != want.Rungs || got.Sources != want.Sources || got.Refused != 7 || got.Dropped != 3 {
		t.Errorf("got %+v", got)
	}
	if got.Took.Percentile(0.95) != want.Took.Percentile(0.95) || got.Took.Slowest != 999*999 {
		t.Errorf("took: %v, slowest %v", got.Took.Percentile(0.95), got.Took.Slowest)
	}
	for p := range Panels {
		if a, b := *got.Panels[p].Top(5)[4], *want.Panels[p].Top(5)[4]; a != b {
			t.Errorf("%s: %+v, want %+v", p, a, b)
		}
	}
}

func TestWhatIsLeftOutOfAPanelIsOther(t *testing.T) {
	got, err := Unpack(some().Pack(2))
	if err != nil {
		t.Fatal(err)
	}
	pages := &got.Panels[Pages]
	sum := uint64(0)
	for _, it := range pages.Top(10) {
		sum += it.Total().Hits
	}
	for _, c := range pages.Other {
		sum += c.Hits
	}
	if pages.Len() != 2 || pages.Forgot != 3 || pages.ShortOf != 8 || sum != 10+9+8+7+6 {
		t.Errorf("%d items, %d forgotten, short of %d, %d hits", pages.Len(), pages.Forgot, pages.ShortOf, sum)
	}
	if bare, err := Unpack(some().Pack(0)); err != nil || bare.Panels[Pages].Len() != 0 || bare.Classes != some().Classes {
		t.Errorf("without panels: %+v, %v", bare, err)
	}
}

func TestTalliesAddUp(t *testing.T) {
	sum, one := &Tally{}, some()
	sum.Merge(one)
	sum.Merge(some())
	if a, b := sum.Total(), one.Total(); a.Hits != 2*b.Hits || a.Visits != 2*b.Visits || a.Visitors != 2*b.Visitors || a.Failed != 2*b.Failed {
		t.Errorf("twice %+v is %+v", b, a)
	}
	if got := sum.Panels[Sites].At("referring_sites 0").Total().Hits; got != 20 || sum.Refused != 14 || sum.Took.Total != 2000 {
		t.Errorf("%d hits, %d refused, %d durations", got, sum.Refused, sum.Took.Total)
	}
	if again := some().Pack(Room); !bytes.Equal(one.Pack(Room), again) {
		t.Error("who is merged into another has changed")
	}
}

// Strangers send a million names, most of them once, among those that matter:
// the table stays small, sums stay exact, and no item lacks more than is said.
func TestATableKeepsWhatComesOften(t *testing.T) {
	var table Table
	want := map[string]uint64{}
	for i := range 300_000 {
		name := fmt.Sprintf("/noise-%d", i)
		if i%3 == 0 {
			name = fmt.Sprintf("/post-%d", i%50)
		}
		want[name]++
		table.At(name).Classes[0].Hits++
	}
	if table.Len() > Room {
		t.Errorf("%d items", table.Len())
	}
	sum := table.Other[0].Hits
	for _, it := range table.Top(Room) {
		n := it.Total().Hits
		if sum += n; n > want[it.Key] || n+table.ShortOf < want[it.Key] {
			t.Errorf("%s: %d of %d hits, and at most %d should lack", it.Key, n, want[it.Key], table.ShortOf)
		}
	}
	if sum != 300_000 {
		t.Errorf("%d of 300000 hits", sum)
	}
	for i, it := range table.Top(50) {
		if !strings.HasPrefix(it.Key, "/post-") {
			t.Errorf("item %d is %s", i, it.Key)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(some().Pack(Room))
	f.Add((&Tally{}).Pack(0))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, packed := range [][]byte{data, packer.EncodeAll(append([]byte{layout}, data...), nil)} {
			got, err := Unpack(packed)
			if err != nil {
				continue
			}
			sum := &Tally{}
			sum.Merge(got)
			if v := sum.Total().Visitors; math.IsNaN(v) || v < 0 {
				t.Errorf("%v visitors", v)
			}
			got.Took.Percentile(0.95)
			if again, err := Unpack(got.Pack(Room)); err != nil || again.Classes != got.Classes {
				t.Errorf("packed anew: %v", err)
			}
		}
	})
}
