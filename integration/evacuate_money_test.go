package integration

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
)

// A dearFlight has a refuge whose price depends on what a meter says.
type dearFlight struct {
	*flight
	*fakeEC2
	trip *evacuate.Trip
	plan evacuate.Plan
	r    refuge.Refuge
	ends string // what a machine told its system at its end
}

// dear are the refuges of Amazon's that are paid for by what they send.
var dear = []struct {
	name string
	open func(*testing.T, *stage, *dearFlight) refuge.Refuge
}{
	{"ec2", func(t *testing.T, s *stage, d *dearFlight) refuge.Refuge {
		fake, config, _ := startEC2(t, s)
		fake.address = refugeAddress
		d.fakeEC2 = fake
		_, d.ends = bootsHere(t, s, fake, &config)
		config.Listen = fmt.Sprintf("%s:%d", refugeAddress, d.port)
		return opened(t, refuge.NewEC2, config)
	}},
	{"bucket", func(t *testing.T, s *stage, d *dearFlight) refuge.Refuge {
		bucketAsylum.ready(t, s, d.flight)
		fake, meter, _ := startEC2(t, s)
		d.fakeEC2 = fake
		c := d.spot.bucket()
		c.Prices, c.Metrics, c.Meter = "s3", "EntireBucket", meter.Meter
		return opened(t, refuge.NewBucket, c)
	}},
}

// leave takes the site there, with lite pages in the copy.
func (d *dearFlight) leave(t *testing.T, s *stage, open func(*testing.T, *stage, *dearFlight) refuge.Refuge) {
	t.Helper()
	d.flight = newFlight(t, s, 3, startBIND, asylum{ready: func(*testing.T, *stage, *flight) {}, light: true})
	d.r = open(t, s, d)
	trip, plan, err := d.flight.spec(s.subfolder(t, "state")).trip(d.r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trip.Close() })
	d.trip, d.plan = trip, plan
	preview, err := trip.Preview(t.Context(), plan)
	if err != nil || preview.Day < 1.9 || preview.Day > 3 {
		t.Errorf("the day of 2016 is foretold at %.2f USD, %v", preview.Day, err)
	}
	if err := trip.Out(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if got := lookup(d.flight.address, flownZone); len(got) != 1 || got[0] != refugeAddress {
		t.Fatalf("the name leads to %v", got)
	}
}

// spends has the meter say so many GB and returns what the owner hears.
func (d *dearFlight) spends(t *testing.T, gb uint64) (said string, s evacuate.Spending, err error) {
	t.Helper()
	d.mu.Lock()
	d.sent = gb * 1e9
	d.mu.Unlock()
	s, err = d.trip.Guard(t.Context(), 10)
	if e, ok := s.Event(time.Now()); ok && e.Kind == site.KindMoney {
		said = e.Voice.String() + " " + e.Phase
	}
	return said, s, err
}

// front is the front page as the refuge sends it.
func (d *dearFlight) front(t *testing.T) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.base()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = s3Host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// The meter runs, at 0.09 USD for a GB: 10 USD are 111 GB. The owner hears of
// it at half, the refuge turns to lite at nine tenths, and ends at the cap.
func TestTheCapEndsAnEvacuation(t *testing.T) {
	for _, kind := range dear {
		for _, homeless := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, home is gone %t", kind.name, homeless), func(t *testing.T) {
				s := newStage(t)
				d := &dearFlight{}
				d.leave(t, s, kind.open)
				full := d.front(t)
				for _, c := range []struct {
					gb   uint64
					want string
				}{{1, ""}, {60, "ears half"}, {102, "bark near"}} {
					if said, spent, err := d.spends(t, c.gb); err != nil || said != c.want || !spent.Bill.Metered {
						t.Fatalf("after %d GB: %q, %+v, %v; want %q", c.gb, said, spent, err, c.want)
					}
				}
				waitUntil(t, d.home, 20*time.Second, "lite pages", func() bool { return len(d.front(t)) < len(full)*2/3 })
				if homeless {
					d.home.stop()
				}
				said, spent, err := d.spends(t, 112)
				if said != "howl reached" || !errors.Is(err, evacuate.ErrCap) || spent.Bill.USD < 10 {
					t.Fatalf("at the cap: %q, %+v, %v", said, spent, err)
				}
				d.expectStopped(t, kind.name, homeless)
				t.Logf("bar: %v; %v", spent.Bill, err)
			})
		}
	}
}

// expectStopped demands that nothing costs any more, and that the name is at
// home if home answers.
func (d *dearFlight) expectStopped(t *testing.T, kind string, homeless bool) {
	t.Helper()
	if n := d.alive(); n != 0 {
		t.Errorf("%d machines run", n)
	}
	want := homeAddress
	if homeless {
		want = refugeAddress
	}
	if got := lookup(d.flight.address, flownZone); len(got) != 1 || got[0] != want {
		t.Errorf("the name leads to %v, want %s", got, want)
	}
	if got := d.front(t); (homeless || kind == "ec2") && len(got) > 600 { // "connection refused", or the store's own page
		t.Errorf("the refuge answers still: %.80q", got)
	}
}

// A return prints what it was, traffic included.
func TestTheLastBillHasWhatWasSent(t *testing.T) {
	s := newStage(t)
	d := &dearFlight{}
	d.leave(t, s, dear[1].open)
	d.mu.Lock()
	d.asked, d.sent = 1_000_000, 22e9 // the day of 2016
	d.mu.Unlock()
	bill, err := d.trip.Back(t.Context(), evacuate.Return{})
	if want := "about 2.38 USD for 0.0 hours, 1000000 requests and 22.0 GB, by the list of aws.amazon.com/s3/pricing of 2026-11-01"; err != nil || bill.String() != want {
		t.Errorf("the bill is %q, %v; want %q", bill, err, want)
	}
}

// Home burns down: nobody tells the machine to go on, and it ends itself.
func TestADeadMansSwitchEndsWhatHomeCannot(t *testing.T) {
	s := newStage(t)
	d := &dearFlight{}
	d.leave(t, s, dear[0].open)
	if _, _, err := d.spends(t, 1); err != nil { // the last word from home
		t.Fatal(err)
	}
	d.home.stop()
	if said := tail(d.ends); strings.Contains(said, "now") {
		t.Fatalf("it ended though home had just spoken: %q", said)
	}
	writeFile(t, filepath.Join(filepath.Dir(d.ends), "later"), "") // hours of silence
	waitUntil(t, &process{}, 20*time.Second, "its end", func() bool { return strings.HasSuffix(tail(d.ends), "\n-P now\n") })
}

// meter is CloudWatch. Half of what there is comes in each of two hours.
func (f *fakeEC2) meter(w http.ResponseWriter, form url.Values) {
	from, err := time.Parse(time.RFC3339, form.Get("StartTime"))
	until, failed := time.Parse(time.RFC3339, form.Get("EndTime"))
	period := form.Get("Period")
	if err != nil || failed != nil || form.Get("Version") != "2010-08-01" || period != "3600" || !until.After(from) || form.Get("Statistics.member.1") != "Sum" {
		refuse(w, http.StatusBadRequest, "InvalidParameterValue", form.Encode())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	one, two := form.Get("Dimensions.member.1.Value"), form.Get("Dimensions.member.2.Value")
	sum := map[string]uint64{
		"AWS/EC2 NetworkOut i-0 ": f.sent, "AWS/S3 BytesDownloaded " + s3Host + " EntireBucket": f.sent, "AWS/S3 AllRequests " + s3Host + " EntireBucket": f.asked,
		"AWS/CloudFront BytesDownloaded E2 Global": f.sent, "AWS/CloudFront Requests E2 Global": f.asked,
	}[form.Get("Namespace")+" "+form.Get("MetricName")+" "+one+" "+two]
	fmt.Fprintf(w, `<GetMetricStatisticsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricStatisticsResult><Datapoints>`+
		`<member><Sum>%d.0</Sum><Unit>Bytes</Unit></member><member><Sum>%.1E</Sum></member></Datapoints></GetMetricStatisticsResult></GetMetricStatisticsResponse>`, sum/2, float64(sum-sum/2))
}
