package refuge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"buzzproof/internal/site"
)

// Check asks for a machine without getting one, and probes the bucket.
func (e *ec2) Check(ctx context.Context) []site.Finding {
	f := site.Finding{About: "ec2", OK: true, Found: "a " + e.Types[0] + " may be started"}
	if allowed, err := e.dryRun(ctx, e.start(rental{Nonce: "dry-run"}, "#!/bin/sh\n")); !allowed {
		f.OK, f.Found = false, fmt.Sprintf("starting a %s: %v", e.Types[0], cmp.Or(err, errors.New("the key may not")))
		f.Mend = "let the key do ec2:RunInstances, ec2:CreateTags, ec2:DescribeInstances and ec2:TerminateInstances, and see that ami, subnet and group are of region " + e.Region
	}
	program := site.Finding{About: "program", OK: true, Found: "there is a buzzproof for " + machineOf(e.Types[0])}
	if _, err := e.program(); err != nil {
		program = site.Finding{About: "program", Found: err.Error(), Mend: "build one for it and set program, or choose other types"}
	}
	key := ownFolder + "probe-" + nonce() + ".txt"
	written := e.bucket.checkWrite(ctx, key)
	findings := []site.Finding{f, program, written}
	if f.OK {
		findings = append(findings, e.checkWidth(ctx), e.checkQuota(ctx))
	}
	if written.OK {
		findings = append(findings, e.bucket.checkDelete(ctx, key), e.bucket.checkWidth(ctx))
	}
	return findings
}

// dryRun reports what EC2 would have done.
func (e *ec2) dryRun(ctx context.Context, call map[string]string) (allowed bool, err error) {
	call["DryRun"] = "true"
	var none struct{}
	err = e.query(ctx, call, &none)
	refused, ok := errors.AsType[*apiError](err)
	switch {
	case ok && refused.Code == "DryRunOperation":
		return true, nil
	case ok && refused.Code == "UnauthorizedOperation":
		return false, nil
	case err == nil:
		return true, nil
	}
	return false, err
}

// checkWidth asks for something that costs and is never needed here: a fixed
// address.
func (e *ec2) checkWidth(ctx context.Context) site.Finding {
	f := site.Finding{About: "ec2 key", OK: true, Found: "the key may not rent other things"}
	allowed, err := e.dryRun(ctx, map[string]string{"Action": "AllocateAddress", "Domain": "vpc"})
	switch {
	case err != nil:
		f.Found = "what else the key may do could not be asked: " + err.Error()
	case allowed:
		f.OK, f.Found = false, "the key may rent more at EC2 than a machine"
		f.Mend = `let this be all that the user of the key has, besides its bucket: aws iam put-user-policy --user-name NAME --policy-name buzzproof-ec2 --policy-document '` +
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:RunInstances","ec2:CreateTags","ec2:DescribeInstances","cloudwatch:GetMetricStatistics","servicequotas:GetServiceQuota"],"Resource":"*"},` +
			`{"Effect":"Allow","Action":"ec2:TerminateInstances","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/` + tagKey + `":"` + e.Name + `"}}}]}'`
	}
	return f
}

// standardQuota is the code of "Running On-Demand Standard instances", which
// counts virtual processors of the families A, C, D, H, I, M, R, T and Z.
const standardQuota = "L-1216C47A"

// checkQuota compares what may run with what does. Asking for a machine without
// getting one does not look at that.
func (e *ec2) checkQuota(ctx context.Context) site.Finding {
	f := site.Finding{About: "quota", OK: true}
	of := " --service-code ec2 --quota-code " + standardQuota + " --region " + e.Region
	most, err := e.quota(ctx)
	var used int
	if err == nil {
		used, err = e.used(ctx)
	}
	if err != nil {
		f.Found = "how many processors may run could not be asked: " + err.Error() + "; by hand: aws service-quotas get-service-quota" + of
		return f
	}
	need := processorsOf(e.Types[0])
	f.Found = fmt.Sprintf("%d of %d processors are in use, and a %s has %d", used, most, e.Types[0], need)
	if used+need > most {
		f.OK, f.Mend = false, fmt.Sprintf("aws service-quotas request-service-quota-increase%s --desired-value %d", of, used+need)
	}
	return f
}

// quota asks Service Quotas how many processors may run.
func (e *ec2) quota(ctx context.Context) (int, error) {
	if e.Quotas == "" {
		return 0, errors.New("this API has no quotas")
	}
	status, body, err := e.do(ctx, e.bucket.client, awsCall{
		method: http.MethodPost, url: e.Quotas, mediaType: "application/x-amz-json-1.1", target: "ServiceQuotasV20190624.GetServiceQuota",
		body:    []byte(`{"ServiceCode":"ec2","QuotaCode":"` + standardQuota + `"}`),
		service: "servicequotas", region: e.Region, action: "GetServiceQuota",
	})
	if err != nil {
		return 0, err
	}
	if status != http.StatusOK {
		return 0, fmt.Errorf("GetServiceQuota: status %d: %s", status, shorten(body))
	}
	var answer struct{ Quota struct{ Value float64 } }
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("GetServiceQuota: read the answer: %w", err)
	}
	return int(answer.Quota.Value), nil
}

// used counts the processors of what runs, of every family: too many
// rather than too few.
func (e *ec2) used(ctx context.Context) (n int, err error) {
	all, err := e.describe(ctx, map[string]string{
		"Action": "DescribeInstances", "Filter.1.Name": "instance-state-name", "Filter.1.Value.1": "pending", "Filter.1.Value.2": "running",
	})
	for _, m := range all {
		n += m.Cores * m.Threads
	}
	return n, err
}

// processorsOf is how many virtual processors a type has: four in an xlarge,
// two below, and one in the mediums that cannot burst.
func processorsOf(kind string) int {
	_, size, _ := strings.Cut(kind, ".")
	if times, ok := strings.CutSuffix(size, "xlarge"); ok {
		n, err := strconv.Atoi(times)
		if err != nil {
			n = 1
		}
		return 4 * n
	}
	if size == "medium" && !strings.HasPrefix(kind, "t") {
		return 1
	}
	return 2
}
