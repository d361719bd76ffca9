package refuge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// listed is when the lists below were written down. Prices are those of the first
// gigabytes of a month in us-east-1 or, where there is one price, everywhere;
// free allowances are left out: an estimate should not be too low.
var listed = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// traffic prices what is sent to visitors, by who sends it. For the day of
// 2016, 22 GB and a million requests, that is 22 x 0.09 + 0.40 = 2.38 USD from
// S3, 22 x 0.085 + 1.00 = 2.87 from CloudFront and 0.36 from R2.
var traffic = map[string]Cost{
	"s3":         {GB: 0.09, Requests: 0.40, Listed: listed, Source: "aws.amazon.com/s3/pricing"},
	"cloudfront": {GB: 0.085, Requests: 1.00, Listed: listed, Source: "aws.amazon.com/cloudfront/pricing"},
	"r2":         {GB: 0, Requests: 0.36, Listed: listed, Source: "developers.cloudflare.com/r2/pricing"},
	"none":       {},
}

// priceList returns the list of that name.
func priceList(name string) (Cost, error) {
	cost, ok := traffic[name]
	if !ok {
		return Cost{}, fmt.Errorf("there is no price list %q: want %s", name, strings.Join(slices.Sorted(maps.Keys(traffic)), ", "))
	}
	return cost, nil
}

// instances prices an hour of a machine of Amazon's with Linux.
var instances = map[string]float64{
	"t4g.nano": 0.0042, "t4g.micro": 0.0084, "t4g.small": 0.0168, "t4g.medium": 0.0336,
	"t3.nano": 0.0052, "t3.micro": 0.0104, "t3.small": 0.0208, "t3.medium": 0.0416,
	"t3a.nano": 0.0047, "t3a.micro": 0.0094, "t3a.small": 0.0188, "t3a.medium": 0.0376,
}

// addressHour is an hour of a public IPv4 address at Amazon's, diskHour one of
// 8 GB of gp3 at 0.08 USD a month of 730 hours for each.
const (
	addressHour = 0.005
	diskHour    = 8 * 0.08 / 730
)
