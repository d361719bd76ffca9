package integration

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"buzzproof/internal/program"
	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
)

// A fakeEC2 is the Query API of EC2 as its reference describes it, strict where
// the real one is: it checks signatures, refuses what it does not know, starts
// one machine for a token however often it is asked, and shows what it has
// started only after some looks.
type fakeEC2 struct {
	t       *testing.T
	mu      sync.Mutex
	all     []*fakeMachine
	trouble []string // what happens to the next calls that change something, in order
	unseen  int      // looks that a new machine does not show in
	boot    func(*fakeMachine)
	halt    func(*fakeMachine)
	starts  int    // calls that asked for one
	address string // of its machines
	asked   uint64 // requests, as the meter has them
	sent    uint64 // bytes
	wide    bool   // the key may do more than it needs
	quota   string // what Service Quotas answers
}

type fakeMachine struct {
	id, token, words, kind, state, tag, userData string
	hidden                                       int
}

const ec2Key, ec2Secret = "planted-s3-key", s3Secret // the account of the bucket's

func (f *fakeEC2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	form, err := url.ParseQuery(string(body))
	metered := err == nil && form.Get("Action") == "GetMetricStatistics"              // CloudWatch, an API of its own
	quota := r.Header.Get("X-Amz-Target") == "ServiceQuotasV20190624.GetServiceQuota" // likewise
	service := "ec2"
	switch {
	case metered:
		service = "monitoring"
	case quota:
		service = "servicequotas"
	}
	if why := wrongSignature(r, body, service); why != "" {
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", why)
		return
	}
	if metered {
		f.meter(w, form)
		return
	}
	if quota {
		f.tellQuota(w, string(body))
		return
	}
	if err != nil || form.Get("Version") != "2016-11-15" {
		refuse(w, http.StatusBadRequest, "InvalidParameterValue", "no version")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch form.Get("Action") {
	case "RunInstances":
		f.runInstances(w, form)
	case "DescribeInstances":
		f.describe(w, form)
	case "TerminateInstances":
		f.terminate(w, form)
	case "AllocateAddress":
		if code := map[bool]string{true: "DryRunOperation", false: "UnauthorizedOperation"}[f.wide]; form.Get("DryRun") == "true" {
			refuse(w, http.StatusPreconditionFailed, code, "as asked")
			return
		}
		f.t.Error("an address was rented")
	default:
		refuse(w, http.StatusBadRequest, "InvalidAction", form.Get("Action"))
	}
}

func (f *fakeEC2) tellQuota(w http.ResponseWriter, body string) {
	switch {
	case body != `{"ServiceCode":"ec2","QuotaCode":"L-1216C47A"}`:
		http.Error(w, `{"__type":"NoSuchResourceException"}`, http.StatusBadRequest)
	case f.quota == "":
		http.Error(w, `{"__type":"AccessDeniedException"}`, http.StatusBadRequest)
	default:
		fmt.Fprintf(w, `{"Quota":{"QuotaCode":"L-1216C47A","Value":%s}}`, f.quota)
	}
}

// wrongSignature signs the request again with the secret that only the owner
// has, and compares.
func wrongSignature(r *http.Request, body []byte, service string) string {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 5*time.Minute {
		return "the date is wrong"
	}
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.String(), strings.NewReader(string(body)))
	if err != nil {
		return err.Error()
	}
	_, list, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	for name := range strings.SplitSeq(list, ";") {
		if name != "host" && name != "content-length" {
			again.Header[http.CanonicalHeaderKey(name)] = r.Header[http.CanonicalHeaderKey(name)]
		}
	}
	sum := sha256Hex(body)
	keys := aws.Credentials{AccessKeyID: ec2Key, SecretAccessKey: ec2Secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, again, sum, service, "us-east-1", at); err != nil {
		return err.Error()
	}
	if again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		return "the signature is wrong"
	}
	return ""
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>1</RequestID></Response>`, code, message)
}

// fate takes the next trouble. lost says that the call is done and its answer
// never comes.
func (f *fakeEC2) fate(w http.ResponseWriter) (lost, refused bool) {
	if len(f.trouble) == 0 {
		return false, false
	}
	next := f.trouble[0]
	f.trouble = f.trouble[1:]
	switch next {
	case "lost":
		return true, false
	case "crowded":
		refuse(w, http.StatusInternalServerError, "InsufficientInstanceCapacity", "none of that type is free")
	case "throttled":
		refuse(w, http.StatusServiceUnavailable, "RequestLimitExceeded", "too many requests")
	case "broken":
		refuse(w, http.StatusInternalServerError, "InternalError", "try again")
	case "dropped": // before anything was done
		hangUp(w)
	case "":
		return false, false
	}
	return false, true
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

func (f *fakeEC2) runInstances(w http.ResponseWriter, form url.Values) {
	for name, want := range map[string]string{
		"MinCount": "1", "MaxCount": "1", "InstanceInitiatedShutdownBehavior": "terminate", "ImageId": "ami-1", "SecurityGroupId.1": "sg-1",
		"TagSpecification.1.ResourceType": "instance", "TagSpecification.1.Tag.1.Key": "buzzproof",
	} {
		if form.Get(name) != want {
			refuse(w, http.StatusBadRequest, "InvalidParameterValue", name)
			return
		}
	}
	token := form.Get("ClientToken")
	userData, err := base64.StdEncoding.DecodeString(form.Get("UserData"))
	if token == "" || len(token) > 64 || err != nil || len(userData) > 16<<10 {
		refuse(w, http.StatusBadRequest, "InvalidParameterValue", "ClientToken or UserData")
		return
	}
	if form.Get("DryRun") == "true" {
		refuse(w, http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
		return
	}
	f.starts++
	lost, refused := f.fate(w)
	if refused {
		return
	}
	m := f.started(token)
	if m != nil && m.words != form.Encode() {
		refuse(w, http.StatusBadRequest, "IdempotentParameterMismatch", "the token was used in other words")
		return
	}
	if m == nil {
		m = &fakeMachine{
			id: fmt.Sprintf("i-%d", len(f.all)), token: token, words: form.Encode(), kind: form.Get("InstanceType"), state: "running",
			tag: form.Get("TagSpecification.1.Tag.1.Value"), userData: string(userData), hidden: f.unseen,
		}
		f.all = append(f.all, m)
		if f.boot != nil {
			f.boot(m)
		}
	}
	if lost {
		hangUp(w)
		return
	}
	fmt.Fprintf(w, `<RunInstancesResponse><instancesSet>%s</instancesSet></RunInstancesResponse>`, f.item(m))
}

func (f *fakeEC2) started(token string) *fakeMachine {
	for _, m := range f.all {
		if m.token == token {
			return m
		}
	}
	return nil
}

func (f *fakeEC2) item(m *fakeMachine) string {
	return fmt.Sprintf(`<item><instanceId>%s</instanceId><instanceState><name>%s</name></instanceState><clientToken>%s</clientToken><ipAddress>%s</ipAddress><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions></item>`, m.id, m.state, m.token, f.address)
}

func (f *fakeEC2) describe(w http.ResponseWriter, form url.Values) {
	var items string
	found := false
	for _, m := range f.all {
		if m.hidden > 0 {
			m.hidden--
			continue
		}
		ok := form.Get("InstanceId.1") == "" || form.Get("InstanceId.1") == m.id
		found = found || ok
		for i := 1; form.Get(fmt.Sprintf("Filter.%d.Name", i)) != ""; i++ {
			value := map[string]string{"tag:buzzproof": m.tag, "instance-state-name": m.state, "client-token": m.token}[form.Get(fmt.Sprintf("Filter.%d.Name", i))]
			matches := false
			for j := 1; form.Get(fmt.Sprintf("Filter.%d.Value.%d", i, j)) != ""; j++ {
				matches = matches || form.Get(fmt.Sprintf("Filter.%d.Value.%d", i, j)) == value
			}
			ok = ok && matches
		}
		if ok {
			items += "<item><instancesSet>" + f.item(m) + "</instancesSet></item>"
		}
	}
	if form.Get("InstanceId.1") != "" && !found {
		refuse(w, http.StatusBadRequest, "InvalidInstanceID.NotFound", form.Get("InstanceId.1"))
		return
	}
	fmt.Fprintf(w, `<DescribeInstancesResponse><reservationSet>%s</reservationSet></DescribeInstancesResponse>`, items)
}

func (f *fakeEC2) terminate(w http.ResponseWriter, form url.Values) {
	lost, refused := f.fate(w)
	if refused {
		return
	}
	for i := 1; form.Get(fmt.Sprintf("InstanceId.%d", i)) != ""; i++ {
		for _, m := range f.all {
			if m.id == form.Get(fmt.Sprintf("InstanceId.%d", i)) {
				if m.state == "running" && f.halt != nil {
					f.halt(m)
				}
				m.state = "terminated"
			}
		}
	}
	if lost {
		hangUp(w)
		return
	}
	fmt.Fprint(w, `<TerminateInstancesResponse/>`)
}

// alive counts the machines that cost something; most is how many there were.
func (f *fakeEC2) alive() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.all {
		if m.state == "running" {
			n++
		}
	}
	return n
}

// startEC2 returns an account and how to rent in it. Machines answer on a port
// of this one.
func startEC2(t *testing.T, s *stage) (*fakeEC2, refuge.EC2Config, *s3Server) {
	v := startS3(t, s)
	f := &fakeEC2{t: t, address: "127.0.0.1"}
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	return f, refuge.EC2Config{
		AWSKeys:  refuge.AWSKeys{Key: secret.Of(ec2Key), Secret: secret.Of(ec2Secret)},
		Endpoint: api.URL + "/", Meter: api.URL + "/", AMI: "ami-1", Group: "sg-1", Types: []string{"t3.nano", "t3.micro"}, Program: "/bin/true", // nobody starts it
		Bucket: v.Bucket, S3: v.Endpoint, PathStyle: true, Listen: loopback(freePort(t)),
	}, v
}

// answering stands for a machine that has come up with the site.
func answering(t *testing.T, s *stage, listen, site string) {
	up := exec.Command(buzzproof(t), "up", site, "--listen", listen, "--uplink", "none", "--lighten=false", "--watch", "off",
		"--history=false", "--state", s.subfolder(t, "state"))
	p := s.start(t, filepath.Join(s.folder(), "up.log"), up)
	waitUntil(t, p, 20*time.Second, "up", func() bool { return strings.Contains(tail(p.log), "ready") })
}

func TestNeverTwoMachinesAreRentedAndNoneIsLeftBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		trouble []string
		unseen  int
		kind    string // of the machine in the end
	}{
		{"all is well", nil, 0, "t3.nano"},
		{"the answer is lost", []string{"lost"}, 0, "t3.nano"},
		{"the answer is lost three times, and it does not show", []string{"lost", "lost", "lost"}, 6, "t3.nano"},
		{"it does not show for a while", nil, 6, "t3.nano"},
		{"too many requests", []string{"throttled", "throttled", "broken"}, 0, "t3.nano"},
		{"the call never arrives", []string{"dropped", "dropped"}, 0, "t3.nano"},
		{"no machine of the first type", []string{"crowded"}, 0, "t3.micro"},
		{"no machine of the first type, then a lost answer", []string{"crowded", "lost", "throttled"}, 3, "t3.micro"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			f, config, _ := startEC2(t, s)
			f.trouble, f.unseen = c.trouble, c.unseen
			r, site := opened(t, refuge.NewEC2, config), newFledSite(t, s)
			moved(t, r, site.tree(t))
			answering(t, s, config.Listen, site.dir)
			for range 3 { // again after a crash, by another process
				place, err := opened(t, refuge.NewEC2, config).Place(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(place.Addrs) != 1 || place.Addrs[0].String() != "127.0.0.1" {
					t.Errorf("the place is %+v", place)
				}
			}
			if n := f.alive(); n != 1 || f.all[0].kind != c.kind {
				t.Errorf("%d machines, the first a %s: want one %s", n, f.all[0].kind, c.kind)
			}
			f.mu.Lock()
			f.trouble = []string{"throttled", "lost"}
			f.mu.Unlock()
			if err := opened(t, refuge.NewEC2, config).Leave(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if n := f.alive(); n != 0 {
				t.Errorf("%d machines are left behind", n)
			}
		})
	}
}

func TestAStartThatWasKilledIsFoundOrEnded(t *testing.T) {
	for _, trouble := range [][]string{{"lost"}, {"crowded", "lost"}} {
		for _, home := range []bool{false, true} {
			t.Run(fmt.Sprint(trouble, " home ", home), func(t *testing.T) {
				s := newStage(t)
				f, config, _ := startEC2(t, s)
				f.trouble, f.unseen = trouble, 8
				r, site := opened(t, refuge.NewEC2, config), newFledSite(t, s)
				moved(t, r, site.tree(t))
				answering(t, s, config.Listen, site.dir)
				ctx, cancel := context.WithCancel(t.Context())
				f.boot = func(*fakeMachine) { cancel() } // killed before the answer
				if _, err := r.Place(ctx); err == nil {
					t.Fatal("a killed start ended well")
				}
				again := opened(t, refuge.NewEC2, config)
				if home {
					if err := again.Leave(t.Context(), true); err != nil {
						t.Fatal(err)
					}
					if n := f.alive(); n != 0 {
						t.Errorf("%d machines are left behind", n)
					}
					return
				}
				if _, err := again.Place(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := f.alive(); n != 1 {
					t.Errorf("%d machines run, want 1", n)
				}
			})
		}
	}
}

func TestWhenNoMachineIsFreeItIsSaid(t *testing.T) {
	s := newStage(t)
	f, config, _ := startEC2(t, s)
	f.trouble = []string{"crowded", "crowded"}
	site := newFledSite(t, s)
	r := opened(t, refuge.NewEC2, config)
	if _, err := r.Place(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing was pushed") {
		t.Errorf("a place without a push: %v", err)
	}
	moved(t, r, site.tree(t))
	answering(t, s, config.Listen, site.dir)
	if _, err := r.Place(t.Context()); err == nil || !strings.Contains(err.Error(), "no machine of types t3.nano, t3.micro is free") {
		t.Fatalf("none is free: %v", err)
	}
	if _, err := r.Place(t.Context()); err != nil { // an hour later one is
		t.Fatal(err)
	}
	f.all[0].state = "terminated" // it has ended itself
	if _, err := r.Place(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := f.alive(); n != 1 {
		t.Errorf("%d machines run, want 1", n)
	}
}

func TestAnAccountIsLookedAtWithoutRenting(t *testing.T) {
	s := newStage(t)
	f, config, _ := startEC2(t, s)
	for _, finding := range opened(t, refuge.NewEC2, config).Check(t.Context()) {
		if !finding.OK {
			t.Errorf("%+v", finding)
		}
	}
	config.Secret = secret.Of("planted-wrong")
	found := opened(t, refuge.NewEC2, config).Check(t.Context())[0]
	if found.OK || !strings.Contains(found.Found, "SignatureDoesNotMatch") || strings.Contains(found.Found, "planted") {
		t.Errorf("with a wrong secret: %+v", found)
	}
	if len(f.all) > 0 {
		t.Error("something was rented")
	}
}

func TestAnAccountThatIsTooWideOrTooNarrowIsTold(t *testing.T) {
	s := newStage(t)
	f, config, _ := startEC2(t, s)
	config.Quotas = config.Endpoint
	f.all = append(f.all, &fakeMachine{id: "i-other", state: "running", tag: "somebody's"})
	for _, c := range []struct {
		name  string
		wide  bool
		quota string
		about string // what must be wrong; "" if nothing
		says  string // of the quota
	}{
		{"as it should be", false, "4.0", "", "2 of 4 processors are in use, and a t3.nano has 2"},
		{"a key that may rent addresses", true, "4.0", "ec2 key", "2 of 4"},
		{"no processor is left", false, "3.0", "quota", "2 of 3"},
		{"a key that may not ask", false, "", "", "could not be asked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.wide, f.quota = c.wide, c.quota
			said := ""
			for _, found := range opened(t, refuge.NewEC2, config).Check(t.Context()) {
				if found.OK == (found.About == c.about) || !found.OK && !strings.Contains(found.Mend, "aws ") {
					t.Errorf("%+v", found)
				}
				if found.About == "quota" {
					said = found.Found
				}
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("of the quota it says %q", said)
			}
		})
	}
}

// bootsHere has machines run their user data in a folder of this one. What
// they say when they would shut down goes into the file that is returned.
func bootsHere(t *testing.T, s *stage, f *fakeEC2, config *refuge.EC2Config) (folder func() string, ends string) {
	need(t, "the user data", "curl", "setsid", "sha256sum")
	config.Program = buzzproof(t)
	bin := s.subfolder(t, "bin")
	ends = filepath.Join(bin, "ended")
	for name, script := range map[string]string{
		"shutdown": "echo \"$@\" >>" + ends,
		"date":     "if [ -e " + bin + "/later ]; then echo 9999999999; else exec /bin/date \"$@\"; fi",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var dir string
	var p *process
	f.boot = func(m *fakeMachine) {
		dir = s.subfolder(t, "opt")
		script := filepath.Join(dir, "user-data")
		writeFile(t, script, m.userData)
		cmd := exec.Command("sh", script)
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "BUZZPROOF_DIR="+dir, "BUZZPROOF_PAUSE=0.2")
		p = s.start(t, filepath.Join(dir, "boot.log"), cmd)
	}
	f.halt = func(*fakeMachine) {
		p.stop()
		_ = exec.Command("sh", "-c", "kill $(ls -l /proc/[0-9]*/exe 2>/dev/null | grep -F -- '-> "+dir+
			"/program-' | sed 's|.*/proc/\\([0-9]*\\)/exe.*|\\1|')").Run() // none may be there
	}
	s.atEnd(func() {
		if p != nil {
			f.halt(nil)
		}
	})
	return func() string { return dir }, ends
}

func TestARentedMachineEndsItselfWhenHomeIsSilent(t *testing.T) {
	s := newStage(t)
	f, config, _ := startEC2(t, s)
	folder, ends := bootsHere(t, s, f, &config)
	r := opened(t, refuge.NewEC2, config)
	tree := newFledSite(t, s).tree(t)
	moved(t, r, tree)
	answersAs(t, r, tree)
	if said := tail(ends); said != "-P +4320\n" { // 72 hours, and nothing else yet
		t.Errorf("it told the system: %q", said)
	}
	config.Silence = 0.1 // six minutes
	if err := opened(t, refuge.NewEC2, config).(interface{ KeepAlive(context.Context) error }).KeepAlive(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, &process{}, 20*time.Second, "the word from home", func() bool {
		var until int64
		_, _ = fmt.Sscanf(tail(filepath.Join(folder(), "want")), "until %d", &until)
		return until > 0 && time.Until(time.Unix(until, 0)) < 7*time.Minute
	})
	writeFile(t, filepath.Join(filepath.Dir(ends), "later"), "") // the time has come
	waitUntil(t, &process{}, 20*time.Second, "its end", func() bool { return strings.HasSuffix(tail(ends), "\n-P now\n") })
}

// A machine that an older buzzproof has rented knows no packed program, and runs
// on with the user data that it was rented with.
func TestTheProgramIsPackedForMachinesThatKnowIt(t *testing.T) {
	s := newStage(t)
	f, config, bucket := startEC2(t, s)
	folder, _ := bootsHere(t, s, f, &config)
	r := opened(t, refuge.NewEC2, config)
	tree := newFledSite(t, s).tree(t)
	const most = 16_000_000 // 15 MB as in TestTheProgramIsSmallOnItsWay, and a small site
	if brought := moved(t, r, tree); brought > most {
		t.Errorf("%d bytes are brought, want %d at most", brought, most)
	}
	answersAs(t, r, tree)

	rental := filepath.Join(bucket.dir, ".buzzproof/ec2-buzzproof-rental.json")
	writeFile(t, rental, strings.Replace(tail(rental), `,"unpacks":true`, "", 1))
	programs, err := filepath.Glob(filepath.Join(folder(), "program-*"))
	if err != nil || len(programs) != 1 {
		t.Fatalf("the machine has %v: %v", programs, err)
	}
	if err := os.Remove(programs[0]); err != nil { // as if it had another
		t.Fatal(err)
	}
	moved(t, r, tree)
	waitUntil(t, &process{}, 20*time.Second, "the program", func() bool {
		_, err := os.Stat(programs[0])
		return err == nil && !strings.Contains(tail(filepath.Join(folder(), "want")), "packed")
	})
	if got, err := os.ReadFile(programs[0]); err != nil || !bytes.Equal(got, loadedOf(t, config.Program)) {
		t.Errorf("the machine has another program: %v", err)
	}
	answersAs(t, r, tree)
}

func loadedOf(t *testing.T, name string) []byte {
	t.Helper()
	p, err := program.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	loaded, err := io.ReadAll(p.Loaded())
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
