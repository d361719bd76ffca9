package refuge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// listed is when the lists below were read. Prices are those of the first
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
