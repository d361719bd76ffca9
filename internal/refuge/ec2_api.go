package refuge

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// An apiError is what the Query API of EC2 answers when it does not do it.
type apiError struct {
	Action  string
	Status  int
	Code    string `xml:"Errors>Error>Code"`
	Message string `xml:"Errors>Error>Message"`
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Action, e.Code, e.Message)
}

// passing reports whether the same call may succeed soon.
func (e *apiError) passing() bool {
	switch e.Code {
	case "RequestLimitExceeded", "Throttling", "ThrottlingException", "ServiceUnavailable", "Unavailable", "InternalError", "InternalFailure":
		return true
	}
	return e.Status >= 500 && !e.crowded()
}

// crowded reports whether another type of machine may be had.
func (e *apiError) crowded() bool {
	return e.Code == "InsufficientInstanceCapacity" || e.Code == "InsufficientHostCapacity" || e.Code == "InsufficientCapacity"
}

// mostCalls is how often one call is made before its error is believed.
const mostCalls = 8

// query makes a call, again while the API is too busy or its answer is lost.
// Every call here may be made twice: those that start something have a token.
func (e *ec2) query(ctx context.Context, call map[string]string, into any) (err error) {
	pause := e.poll / 4
	for range mostCalls {
		err = e.ask(ctx, call, into)
		refused, ok := errors.AsType[*apiError](err)
		if err == nil || ctx.Err() != nil || ok && !refused.passing() {
			return err
		}
		if wait(ctx, pause) != nil {
			return ctx.Err()
		}
		pause *= 2
	}
	return err
}

func (e *ec2) ask(ctx context.Context, call map[string]string, into any) error {
	form := url.Values{"Version": {"2016-11-15"}}
	for name, value := range call {
		form.Set(name, value)
	}
	status, body, err := e.do(ctx, e.bucket.client, awsCall{
		method: http.MethodPost, url: e.Endpoint, mediaType: "application/x-www-form-urlencoded; charset=utf-8", body: []byte(form.Encode()),
		service: "ec2", region: e.Region, action: call["Action"],
	})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		refused := &apiError{Action: call["Action"], Status: status}
		if xml.Unmarshal(body, refused) != nil || refused.Code == "" {
			refused.Code, refused.Message = fmt.Sprintf("status %d", status), shorten(body)
		}
		return refused
	}
	if err := xml.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: read the answer: %w", call["Action"], err)
	}
	return nil
}

// A machine is an instance as the API tells of it.
type machine struct {
	ID      string `xml:"instanceId"`
	State   string `xml:"instanceState>name"`
	Address string `xml:"ipAddress"`
	Token   string `xml:"clientToken"`
	Cores   int    `xml:"cpuOptions>coreCount"`
	Threads int    `xml:"cpuOptions>threadsPerCore"`
}

// gone reports whether it serves nobody any more.
func (m machine) gone() bool {
	return m.State == "shutting-down" || m.State == "terminated" || m.State == "stopping" || m.State == "stopped"
}

// start is the call that starts a machine. It must be the same word for word
// whenever the token is: so it is made of the rental alone.
func (e *ec2) start(r rental, userData string) map[string]string {
	call := map[string]string{
		"Action": "RunInstances", "ClientToken": r.token(), "ImageId": e.AMI, "InstanceType": e.Types[r.Attempt],
		"MinCount": "1", "MaxCount": "1", "InstanceInitiatedShutdownBehavior": "terminate",
		"UserData":                        base64.StdEncoding.EncodeToString([]byte(userData)),
		"MetadataOptions.HttpTokens":      "required",
		"TagSpecification.1.ResourceType": "instance",
		"TagSpecification.1.Tag.1.Key":    tagKey, "TagSpecification.1.Tag.1.Value": e.Name,
		"TagSpecification.1.Tag.2.Key": "Name", "TagSpecification.1.Tag.2.Value": "buzzproof " + e.Name,
	}
	for name, value := range map[string]string{"KeyName": e.KeyName, "SubnetId": e.Subnet, "SecurityGroupId.1": e.Group} {
		if value != "" {
			call[name] = value
		}
	}
	return call
}

// tagKey is the tag by which our machines are found again.
const tagKey = "buzzproof"

// machines returns all of ours that are not gone.
func (e *ec2) machines(ctx context.Context) ([]machine, error) {
	call := map[string]string{
		"Action": "DescribeInstances", "Filter.1.Name": "tag:" + tagKey, "Filter.1.Value.1": e.Name,
		"Filter.2.Name": "instance-state-name", "Filter.2.Value.1": "pending", "Filter.2.Value.2": "running",
	}
	return e.describe(ctx, call)
}

func (e *ec2) describe(ctx context.Context, call map[string]string) (all []machine, err error) {
	for {
		var page struct {
			Machines []machine `xml:"reservationSet>item>instancesSet>item"`
			Next     string    `xml:"nextToken"`
		}
		if err := e.query(ctx, call, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Machines...)
		if page.Next == "" {
			return all, nil
		}
		call["NextToken"] = page.Next
	}
}

// running waits until a machine runs and has an address. One that was just
// started may not be known everywhere yet.
func (e *ec2) running(ctx context.Context, id string) (machine, error) {
	ctx, cancel := context.WithTimeout(ctx, bootsWithin)
	defer cancel()
	for {
		all, err := e.describe(ctx, map[string]string{"Action": "DescribeInstances", "InstanceId.1": id})
		refused, ok := errors.AsType[*apiError](err)
		switch {
		case err != nil && !(ok && refused.Code == "InvalidInstanceID.NotFound"):
			return machine{}, err
		case len(all) == 1 && all[0].gone():
			return machine{}, fmt.Errorf("machine %s ended before it answered: it is %s", id, all[0].State)
		case len(all) == 1 && all[0].State == "running" && all[0].Address != "":
			return all[0], nil
		}
		if wait(ctx, e.poll) != nil {
			return machine{}, fmt.Errorf("machine %s has no address yet: %w", id, ctx.Err())
		}
	}
}

// terminate ends machines and waits until they are gone.
func (e *ec2) terminate(ctx context.Context, all []machine) error {
	call := map[string]string{"Action": "TerminateInstances"}
	for i, m := range all {
		call[fmt.Sprintf("InstanceId.%d", i+1)] = m.ID
	}
	var none struct{}
	err := e.query(ctx, call, &none)
	if refused, ok := errors.AsType[*apiError](err); ok && refused.Code == "InvalidInstanceID.NotFound" {
		return nil // seen again on the next look, if it is there
	}
	return err
}

// end ends every machine and forgets the rental. A start whose answer was lost
// may show only after a while, so nothing is forgotten before nothing was seen
// for that long. After a rental that is not there, none can be on its way.
func (e *ec2) end(ctx context.Context) error {
	r, err := e.rental(ctx)
	if err != nil {
		return err
	}
	quiet := time.Now()
	for {
		all, err := e.machines(ctx)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			if err := e.terminate(ctx, all); err != nil {
				return fmt.Errorf("end %d machines: %w", len(all), err)
			}
			quiet = time.Now()
		} else if r.etag == "" || time.Since(quiet) >= e.settle {
			return e.forget(ctx, r)
		}
		if err := wait(ctx, e.poll); err != nil {
			return err
		}
	}
}
