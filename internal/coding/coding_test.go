package coding

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	kzstd "github.com/klauspost/compress/zstd"
)

func TestWhatIsEncodedIsDecodedAgain(t *testing.T) {
	for _, text := range []string{"", "a", strings.Repeat("The quick brown fox. ", 4000)} {
		for c := range Count {
			for _, e := range []Effort{Fast, Small} {
				coded, err := Encode([]byte(text), c, e)
				if err != nil {
					t.Fatalf("%s: %v", c, err)
				}
				plain, err := Decode(coded, c, int64(len(text)))
				if err != nil || !bytes.Equal(plain, []byte(text)) {
					t.Errorf("%s at effort %d: %d bytes became %d, %v", c, e, len(text), len(plain), err)
				}
			}
		}
	}
}

func TestMoreEffortGivesFewerBytes(t *testing.T) {
	words := strings.Fields("a page of words that come again in another order each time so that nothing is quite like before")
	var text []byte
	chance := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		text = append(append(text, words[chance.IntN(len(words))]...), ' ')
	}
	for c := range Identity {
		fast, _ := Encode(text, c, Fast)
		small, _ := Encode(text, c, Small)
		if len(small) > len(fast) {
			t.Errorf("%s: %d bytes with effort, %d without", c, len(small), len(fast))
		}
	}
}

func TestDecodeGivesTheLengthThatWasPromisedOrNothing(t *testing.T) {
	bomb, err := Encode(make([]byte, 1<<20), Gzip, Fast)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		coded []byte
		c     Coding
		size  int64
	}{
		{"more than was promised", bomb, Gzip, 1 << 10},
		{"less than was promised", bomb, Gzip, 2 << 20},
		{"cut off", bomb[:len(bomb)/2], Gzip, 1 << 20},
		{"another coding", bomb, BR, 1 << 20},
		{"nothing", nil, Zstd, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if plain, err := Decode(c.coded, c.c, c.size); err == nil {
				t.Errorf("decoded to %d bytes", len(plain))
			}
		})
	}
}

func TestACodingIsFoundByItsName(t *testing.T) {
	for c := range Count {
		if got, ok := Named(c.String()); !ok || got != c {
			t.Errorf("%s is %v, %v", c, got, ok)
		}
	}
	if _, ok := Named("compress"); ok {
		t.Error("compress is known")
	}
}

func TestPays(t *testing.T) {
	for _, c := range []struct {
		contentType string
		size        int64
		want        bool
	}{
		{"text/html; charset=utf-8", 200, true},
		{"text/html", 199, false},
		{"Application/RSS+XML", 5000, true},
		{"image/jpeg", 5000, false},
		{"font/woff2", 5000, false},
		{"image/svg+xml", 5000, true},
		{"", 5000, false},
	} {
		if got := Pays(c.contentType, c.size); got != c.want {
			t.Errorf("Pays(%q, %d) = %v", c.contentType, c.size, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for c := range Count {
		coded, _ := Encode([]byte("some words, some words"), c, Fast)
		f.Add(coded, uint8(c))
	}
	f.Fuzz(func(t *testing.T, coded []byte, c uint8) {
		plain, err := Decode(coded, Coding(c)%Count, 22)
		if err == nil && len(plain) != 22 {
			t.Errorf("%d bytes", len(plain))
		}
	})
}

// A machine of 128 MB has no room for the tables of the widest window.
func TestASmallWindowTakesLittleMemoryAndGivesTheSameBytes(t *testing.T) {
	var text bytes.Buffer
	for i := 0; text.Len() < smallText-100; i++ {
		fmt.Fprintf(&text, "%d visitors came through %x, and then %d more; ", i*i, i*7919, i%17)
	}
	wide, err := kzstd.NewWriter(nil, kzstd.WithEncoderLevel(levels[Fast].zstd), kzstd.WithEncoderConcurrency(1), kzstd.WithWindowSize(widestFrame))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 20_000, 200_000, text.Len()} {
		got, err := Encode(text.Bytes()[:size], Zstd, Fast)
		if err != nil {
			t.Fatal(err)
		}
		if want := wide.EncodeAll(text.Bytes()[:size], nil); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d bytes that are not those of a wide window, %d", size, len(got), len(want))
		}
	}
	for range 2 {
		runtime.GC() // empties the pool
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Encode(text.Bytes()[:20_000], Zstd, Fast); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 7<<20 {
		t.Errorf("the first page took %d bytes", took)
	}
}
