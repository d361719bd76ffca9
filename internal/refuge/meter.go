package refuge

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// ErrUnmetered says that nobody counts what a refuge sends.
var ErrUnmetered = errors.New("what the refuge sends is not counted")

// A gauge is a metric of CloudWatch, Amazon's meter: what it adds up to is what
// is paid for.
type gauge struct {
	endpoint, region string // of the API
	space, name      string
	dimensions       []string // name, value, name, value
}

// meterURL is where the meter of a region is read, unless the owner says.
func meterURL(endpoint, region string) string {
	return cmp.Or(endpoint, "https://monitoring."+region+".amazonaws.com/")
}

// hourly is the width of what is added up: 1,440 sums, the most that come in an
// answer, are two months.
const hourly = time.Hour

// reading adds up a metric since a moment. Amazon's counts some minutes late.
func (k AWSKeys) reading(ctx context.Context, client *http.Client, g gauge, since time.Time) (uint64, error) {
	form := url.Values{
		"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {g.space}, "MetricName": {g.name},
		"StartTime": {since.UTC().Truncate(time.Minute).Format(time.RFC3339)}, "EndTime": {time.Now().UTC().Add(time.Minute).Format(time.RFC3339)},
		"Period": {fmt.Sprintf("%.0f", hourly.Seconds())}, "Statistics.member.1": {"Sum"},
	}
	for i := 0; i+1 < len(g.dimensions); i += 2 {
		member := fmt.Sprintf("Dimensions.member.%d.", i/2+1)
		form.Set(member+"Name", g.dimensions[i])
		form.Set(member+"Value", g.dimensions[i+1])
	}
	status, body, err := k.do(ctx, client, awsCall{
		method: http.MethodPost, url: g.endpoint, mediaType: "application/x-www-form-urlencoded; charset=utf-8", body: []byte(form.Encode()),
		service: "monitoring", region: g.region, action: "GetMetricStatistics " + g.name,
	})
	if err != nil {
		return 0, err
	}
	if status != http.StatusOK {
		return 0, fmt.Errorf("read the meter: %s: status %d: %s", g.name, status, shorten(body))
	}
	var answer struct {
		Sums []float64 `xml:"GetMetricStatisticsResult>Datapoints>member>Sum"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("read the meter: %s: %w", g.name, err)
	}
	var sum float64
	for _, s := range answer.Sums {
		sum += s
	}
	return uint64(sum), nil
}

// Used is what left the bucket since a moment: by the meter of CloudFront, or by
// the bucket's own where the owner has set up request metrics.
func (b *bucket) Used(ctx context.Context, since time.Time) (requests, sent uint64, err error) {
	g := gauge{endpoint: meterURL(b.Meter, b.Region), region: b.Region, space: "AWS/S3", dimensions: []string{"BucketName", b.Bucket, "FilterId", b.Metrics}}
	asked := "AllRequests"
	switch {
	case b.CloudFront != "": // which is counted in one region for all the world
		g = gauge{endpoint: meterURL(b.Meter, "us-east-1"), region: "us-east-1", space: "AWS/CloudFront", dimensions: []string{"DistributionId", b.CloudFront, "Region", "Global"}}
		asked = "Requests"
	case b.Metrics == "":
		return 0, 0, ErrUnmetered
	}
	g.name = asked
	if requests, err = b.reading(ctx, b.client, g, since); err != nil {
		return 0, 0, err
	}
	g.name = "BytesDownloaded"
	sent, err = b.reading(ctx, b.client, g, since)
	return requests, sent, err
}

// Counts reports whether anybody counts what leaves the bucket.
func (b *bucket) Counts() bool { return b.CloudFront != "" || b.Metrics != "" }

// Used is what left the machines of ours since a moment, those included that
// have ended and still show. Requests cost nothing.
func (e *ec2) Used(ctx context.Context, since time.Time) (requests, sent uint64, err error) {
	all, err := e.describe(ctx, map[string]string{"Action": "DescribeInstances", "Filter.1.Name": "tag:" + tagKey, "Filter.1.Value.1": e.Name})
	if err != nil {
		return 0, 0, err
	}
	for _, m := range all {
		n, err := e.reading(ctx, e.bucket.client, gauge{
			endpoint: meterURL(e.Meter, e.Region), region: e.Region, space: "AWS/EC2", name: "NetworkOut", dimensions: []string{"InstanceId", m.ID},
		}, since)
		if err != nil {
			return 0, 0, err
		}
		sent += n
	}
	return 0, sent, nil
}

// Used is what the server on the machine has answered, by its own statistics,
// which are of this stay and a minute old at most.
func (h *host) Used(ctx context.Context, _ time.Time) (requests, sent uint64, err error) {
	r, err := h.hold(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer r.close()
	out, err := r.run(ctx, h.script(stateFolder+`set -- "$S"/sites/*/history*; [ -e "$1" ] || { echo '{}'; exit 0; }; `+
		`current/buzzproof stats --json --quiet --top 1 --state "$S"`))
	if err != nil {
		return 0, 0, fmt.Errorf("read the meter on %s: %w", h.Address, err)
	}
	var report struct {
		Totals struct{ Hits, Bytes uint64 }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		return 0, 0, fmt.Errorf("read the meter on %s: %w", h.Address, err)
	}
	return report.Totals.Hits, report.Totals.Bytes, nil
}
