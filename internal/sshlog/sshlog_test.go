package sshlog

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// all reads a log to its end.
func all(t testing.TB, log string) []Knock {
	t.Helper()
	r := NewReader(strings.NewReader(log), noon)
	var knocks []Knock
	for {
		k, err := r.Next()
		if err == io.EOF {
			return knocks
		}
		if err != nil {
			t.Fatal(err)
		}
		knocks = append(knocks, k)
	}
}

func TestWhatSshdSaysIsUnderstood(t *testing.T) {
	for _, c := range []struct{ name, said, want string }{
		{"a wrong password", "Failed password for root from 198.51.100.7 port 4022 ssh2", "failed root 198.51.100.7:4022"},
		{"of nobody it knows", "Failed password for invalid user admin from 198.51.100.7 port 4022 ssh2", "failed admin 198.51.100.7:4022"},
		{"over IPv6", "Failed password for root from 2001:db8::7 port 4022 ssh2", "failed root [2001:db8::7]:4022"},
		{"a user whose name is empty", "Invalid user  from 198.51.100.7 port 4022", "unknown  198.51.100.7:4022"},
		{"a user whose name has spaces", "Invalid user a b c from 198.51.100.7 port 4022", "unknown a b c 198.51.100.7:4022"},
		{"an old sshd without ports", "Invalid user oracle from 198.51.100.7", "unknown oracle 198.51.100.7:0"},
		{"a log-in", "Accepted publickey for fritz from 203.0.113.5 port 50022 ssh2: ED25519 SHA256:abc", "accepted fritz 203.0.113.5:50022"},
		{"a key that does not fit", "Failed publickey for fritz from 203.0.113.5 port 50022 ssh2: RSA SHA256:abc", "gone fritz 203.0.113.5:50022"},
		{"who left before", "Connection closed by authenticating user root 198.51.100.7 port 4022 [preauth]", "gone root 198.51.100.7:4022"},
		{"who left at once", "Connection closed by 198.51.100.7 port 4022 [preauth]", "gone  198.51.100.7:4022"},
		{"who tried too often", "error: maximum authentication attempts exceeded for invalid user pi from 198.51.100.7 port 4022 ssh2 [preauth]", "gone pi 198.51.100.7:4022"},
		{"who was sent away", "Disconnecting authenticating user root 198.51.100.7 port 4022: Too many authentication failures [preauth]", "gone root 198.51.100.7:4022"},
		{"who speaks HTTP", "Bad protocol version identification 'GET / HTTP/1.1' from 198.51.100.7 port 4022", "gone 'GET / HTTP/1.1' 198.51.100.7:4022"},
		{"who speaks nothing", "banner exchange: Connection from 198.51.100.7 port 4022: invalid format", "gone  198.51.100.7:4022"},
		{"whose ciphers are too old", "Unable to negotiate with 198.51.100.7 port 4022: no matching key exchange method found. Their offer: x [preauth]", "gone  198.51.100.7:4022"},
		{"the same again and again", "message repeated 5 times: [ Failed password for root from 198.51.100.7 port 4022 ssh2]", "failed root 198.51.100.7:4022 x5"},
		{"a repetition of a repetition", "message repeated 5 times: [ message repeated 5 times: [ Failed password for root from 198.51.100.7 port 4022 ssh2]]", ""},
		{"who left after a log-in", "Disconnected from user fritz 203.0.113.5 port 50022", ""},
		{"a session", "pam_unix(sshd:session): session opened for user fritz(uid=1000) by (uid=0)", ""},
		{"PAM on the same try", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  user=root", ""},
		{"sshd on what PAM says", "error: PAM: Authentication failure for root from 198.51.100.7", "denied root 198.51.100.7:0"},
		{"the same with the address it came to", "error: PAM: authentication error for root from 198.51.100.7 via 192.0.2.1", "denied root 198.51.100.7:0"},
		{"PAM on nobody it knows, of whom sshd tells", "error: PAM: User not known to the underlying authentication module for illegal user x from 198.51.100.7", ""},
		{"who says nothing", "fatal: Timeout before authentication for 198.51.100.7 port 4022", "gone  198.51.100.7:4022"},
		{"the same of a newer sshd", "Timeout before authentication for connection from 198.51.100.7 to 192.0.2.1, pid = 298", "gone  198.51.100.7:0"},
		{"whose packets are damaged", "ssh_dispatch_run_fatal: Connection from authenticating user root 198.51.100.7 port 4022: Connection corrupted [preauth]", "gone root 198.51.100.7:4022"},
		{"the start", "Server listening on 0.0.0.0 port 22.", ""},
		{"a host name for an address", "Failed password for root from UNKNOWN port 22 ssh2", ""},

		// The name is the stranger's: whom he names must not be banned for it.
		{"a name where sshd knows no address", "Failed password for invalid user a from 203.0.113.5 port 22 ssh2 from UNKNOWN port 4022 ssh2", ""},
		{"a stranger's name where it knows none", "Invalid user a from 203.0.113.5 port 22 from UNKNOWN port 65535", ""},
		{"a name with an address where it knows none", "Connection closed by invalid user 203.0.113.5 port 22 UNKNOWN port 65535 [preauth]", ""},
		{"another protocol where it knows none", "Bad protocol version identification 'x from 203.0.113.5 port 22' from UNKNOWN port 33", ""},
		{"a name that ends like a line", "Failed password for invalid user x from 203.0.113.5 port 1 ssh2 from 198.51.100.7 port 4022 ssh2", "failed x from 203.0.113.5 port 1 ssh2 198.51.100.7:4022"},
		{"a name like a log-in", "Invalid user Accepted password for root from 203.0.113.5 port 1 ssh2 from 198.51.100.7 port 4022", "unknown Accepted password for root from 203.0.113.5 port 1 ssh2 198.51.100.7:4022"},
		{"a name with a reason behind it", "Connection closed by invalid user x 203.0.113.5 port 1: y 198.51.100.7 port 4022 [preauth]", "gone x 203.0.113.5 port 1: y 198.51.100.7:4022"},
		{"a name with a reason before the reason", "Disconnecting invalid user x 203.0.113.5 port 1: y 198.51.100.7 port 4022: Too many authentication failures [preauth]", ""},
		{"a reason with an address", "Disconnecting invalid user x 198.51.100.7 port 4022: Change of username or service not allowed: (x,ssh-connection) -> (y 203.0.113.5 port 1: z,ssh-connection) [preauth]", ""},
		{"a certificate whose name is a line", "Failed publickey for invalid user x from 198.51.100.7 port 4022 ssh2: RSA-CERT SHA256:abc ID y from 203.0.113.5 port 1 ssh2 (serial 0) CA RSA SHA256:def", ""},
		{"a certificate with another name", "Failed publickey for invalid user x from 198.51.100.7 port 4022 ssh2: RSA-CERT SHA256:abc ID y (serial 0) CA RSA SHA256:def", "gone x 198.51.100.7:4022"},
		{"an old line behind a name like a new one", "Invalid user x from 203.0.113.5 port 1 from 198.51.100.7", ""},
		{"a name of the other side, as ssh 1 had it", "Failed password for x from 198.51.100.7 port 4022 ssh1: ruser y from 203.0.113.5", ""},
		{"a name with an address behind it", "Connection closed by invalid user x 203.0.113.5 port 1 198.51.100.7 port 4022 [preauth]", "gone x 203.0.113.5 port 1 198.51.100.7:4022"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, ok := message(c.said)
			got := ""
			if ok {
				got = fmt.Sprintf("%s %s %s", [...]string{"failed", "unknown", "gone", "accepted", "denied"}[k.Kind], k.User, netip.AddrPortFrom(k.Addr, uint16(k.Port)))
				if k.Times != 1 {
					got += fmt.Sprintf(" x%d", k.Times)
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryFormOfALogIsRead(t *testing.T) {
	const said = "Failed password for root from 198.51.100.7 port 4022 ssh2"
	at := time.Date(2026, 11, 4, 22, 36, 49, 0, time.UTC)
	export := func(fields ...string) string { return strings.Join(fields, "\n") + "\n\n" }
	for _, c := range []struct {
		name, log string
		want      time.Time
	}{
		{"auth.log and journalctl -o short", "Nov  4 22:36:49 home sshd[123]: " + said + "\n", at},
		{"auth.log of Debian 12", "2026-11-04T22:36:49.000000+00:00 home sshd[123]: " + said + "\n", at},
		{"another zone", "2026-11-04T23:36:49+01:00 home sshd-session[123]: " + said + "\n", at},
		{"journalctl -o short-iso", "2026-11-04T22:36:49+0000 home sshd[123]: " + said + "\n", at},
		{"journalctl -o short-iso-precise", "2026-11-04T22:36:49.000000+0000 home sshd[123]: " + said + "\n", at},
		{"journalctl -o short-full", "Wed 2026-11-04 22:36:49 UTC home sshd[123]: " + said + "\n", at},
		{"journalctl -o short-unix", "1793831809.000000 home sshd[123]: " + said + "\n", at},
		{"journalctl -o json", `{"SYSLOG_IDENTIFIER":"sshd","MESSAGE":"` + said + `","__REALTIME_TIMESTAMP":"1793831809000000"}` + "\n", at},
		{"journalctl -o export", export("__CURSOR=s=1", "__REALTIME_TIMESTAMP=1793831809000000", "SYSLOG_IDENTIFIER=sshd", "MESSAGE="+said), at},
		{"export with a binary field", export("__REALTIME_TIMESTAMP=1793831809000000", "SYSLOG_IDENTIFIER=sshd", "MESSAGE\n"+string(binary.LittleEndian.AppendUint64(nil, uint64(len(said))))+said), at},
		{"export without a last line", strings.TrimSpace(export("__REALTIME_TIMESTAMP=1793831809000000", "SYSLOG_IDENTIFIER=sshd", "MESSAGE="+said)), at},
		{"what sshd writes itself", said + "\r\n", time.Time{}},
		{"syslog with a priority", "<38>Nov  4 22:36:49 home sshd[123]: " + said + "\n", at},
		{"a day without its space", "Nov 4 22:36:49 home sshd[123]: " + said + "\n", at},
		{"syslog of RFC 5424", "<38>1 2026-11-04T23:36:49.000000+01:00 home sshd 123 - - " + said + "\n", at},
		{"the same with data", `<38>1 2026-11-04T22:36:49Z home sshd-session 123 - [time known="1"][x@1 y="a \"] b"] ` + said + "\n", at},
		{"syslog of Solaris", "Nov  4 22:36:49 home sshd[123]: [ID 800047 auth.info] " + said + "\n", at},
		{"last year, in January", "Dec 31 23:59:59 home sshd[123]: " + said + "\n", time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		t.Run(c.name, func(t *testing.T) {
			knocks := all(t, "a line of something else\n"+c.log)
			if len(knocks) != 1 || !knocks[0].At.Equal(c.want) || knocks[0].Port != 4022 {
				t.Errorf("read %+v, want one knock at %v", knocks, c.want)
			}
		})
	}
}

func TestNobodyElseSpeaksForSshd(t *testing.T) {
	const said = "Failed password for root from 198.51.100.7 port 4022 ssh2\n"
	for _, c := range []struct{ name, log string }{
		{"another program", "Nov  4 22:36:49 home logger: " + said},
		{"another program that quotes it", "Nov  4 22:36:49 home logger: sshd[1]: " + said},
		{"a host of that name", "Nov  4 22:36:49 sshd[1]: " + said},
		{"another program of RFC 5424", "<38>1 2026-11-04T22:36:49Z home logger 123 - - " + said},
		{"another program that quotes such data", `<38>1 2026-11-04T22:36:49Z home logger 123 - [x@1 y="sshd 1 - - "] ` + said},
		{"another unit of the journal", `{"SYSLOG_IDENTIFIER":"logger","MESSAGE":"` + strings.TrimSpace(said) + `"}` + "\n"},
		{"another record", "SYSLOG_IDENTIFIER=sshd\n\nMESSAGE=" + said},
		{"a line of a megabyte", strings.Repeat("x", 1<<20) + said},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := all(t, c.log); len(got) != 0 {
				t.Errorf("read %+v", got)
			}
		})
	}
}

// tallyOf makes a tally of knocks, one each second or as told.
func tallyOf(apart time.Duration, knocks ...Knock) (t *Tally, brute int) {
	t = NewTally()
	for i, k := range knocks {
		k.Addr, k.Times, k.At = netip.MustParseAddr("198.51.100.7"), max(1, k.Times), noon.Add(time.Duration(i)*apart)
		if _, now := t.Add(netip.PrefixFrom(k.Addr, 32), k); now {
			brute++
		}
	}
	return t, brute
}

func many(n int, k Knock) (all []Knock) {
	for i := range n {
		k.Port = 4000 + i
		all = append(all, k)
	}
	return all
}

func TestABruteForceIsToldFromATypingError(t *testing.T) {
	denied, key := Knock{Kind: Denied, User: "root"}, Knock{Kind: Gone, User: "fritz", Port: 7}
	failed, unknown, gone, accepted := Knock{Kind: Failed, User: "root"}, Knock{Kind: Unknown, User: "pi"}, Knock{Kind: Gone}, Knock{Kind: Accepted}
	for _, c := range []struct {
		name   string
		apart  time.Duration
		knocks []Knock
		tries  int
		brute  int
	}{
		{"eight passwords", time.Second, many(8, failed), 8, 1},
		{"twenty are told of once", time.Second, many(20, failed), 20, 1},
		{"eight in a line of rsyslog", time.Second, []Knock{{Kind: Failed, Times: 8}}, 8, 1},
		{"three mistakes", time.Second, many(3, failed), 3, 0},
		{"slowly over hours", 5 * time.Minute, many(30, failed), 30, 0},
		{"names without passwords", time.Second, many(8, unknown), 8, 1},
		{"scans of the port", time.Second, many(8, gone), 8, 1},
		{"mistakes of somebody who gets in then", time.Second, append(many(7, failed), append([]Knock{accepted}, many(7, failed)...)...), 14, 0},
		{"one try in three lines", time.Second, []Knock{{Kind: Unknown, Port: 7}, {Kind: Failed, Port: 7}, {Kind: Gone, Port: 7}}, 1, 0},
		{"eight answers to PAM", time.Second, many(8, denied), 8, 1},
		{"three answers to PAM, of which sshd tells the last, and a close", time.Second, []Knock{denied, denied, denied, {Kind: Failed, Port: 7}, {Kind: Gone, Port: 7}}, 3, 0},
		{"an answer to PAM and a close", time.Second, []Knock{denied, {Kind: Gone, Port: 7}}, 1, 0},
		{"three connections at once", time.Second, []Knock{
			{Kind: Unknown, Port: 7},
			{Kind: Failed, Port: 8},
			{Kind: Failed, Port: 7},
			{Kind: Failed, Port: 9},
			{Kind: Gone, Port: 8},
			{Kind: Gone, Port: 7},
			{Kind: Gone, Port: 9},
		}, 3, 0},
		{"an answer to PAM beside an unknown user", time.Second, []Knock{denied, {Kind: Unknown, Port: 7}, {Kind: Failed, Port: 7}}, 2, 0},
		{"a key that fits beside another connection", time.Second, []Knock{key, {Kind: Failed, Port: 8}, {Kind: Accepted, User: "fritz", Port: 7}}, 1, 0},
		{"two keys that do not fit and one that does", time.Second, []Knock{key, key, {Kind: Accepted, User: "fritz", Port: 7}}, 0, 0},
		{"a key of another connection", time.Second, []Knock{key, {Kind: Accepted, User: "fritz", Port: 8}}, 1, 0},
		{"three passwords and a close", time.Second, []Knock{{Kind: Failed, Port: 7}, {Kind: Failed, Port: 7}, {Kind: Failed, Port: 7}, {Kind: Gone, Port: 7}}, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally, brute := tallyOf(c.apart, c.knocks...)
			if tally.Total != c.tries || brute != c.brute {
				t.Errorf("%d tries, told %d times; want %d and %d", tally.Total, brute, c.tries, c.brute)
			}
		})
	}
}

func TestWhatWasTriedOnceIsKeptSecret(t *testing.T) {
	tally, _ := tallyOf(time.Second, append(many(5, Knock{Kind: Failed, User: "root"}), Knock{Kind: Failed, User: "my-password"})...)
	if got := tally.Names(10); len(got) != 1 || got[0] != (Name{"root", 5}) {
		t.Errorf("names %v, want root alone", got)
	}
}

func FuzzLog(f *testing.F) {
	f.Add([]byte("Nov  4 22:36:49 home sshd[123]: Failed password for root from 198.51.100.7 port 4022 ssh2\n"))
	f.Add([]byte("__CURSOR=s=1\nSYSLOG_IDENTIFIER=sshd\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00abc\n\n"))
	f.Add([]byte(`{"SYSLOG_IDENTIFIER":"sshd","MESSAGE":[70,97]}` + "\n"))
	f.Add([]byte("<38>1 Wed 2026-11-04 22:36:49 UTC home sshd[1]: message repeated 2 times: [ Invalid user x from ::1]\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		r := NewReader(strings.NewReader(string(log)), noon)
		tally := NewTally()
		for {
			k, err := r.Next()
			if err != nil {
				break
			}
			if !k.Addr.IsValid() || k.Times < 1 || k.Port < 0 || k.Port >= 1<<16 {
				t.Fatalf("read %+v", k)
			}
			tally.Add(netip.PrefixFrom(k.Addr, k.Addr.BitLen()), k)
		}
		for _, c := range tally.Callers() {
			if c.Tries < 1 || c.Tries > tally.Total {
				t.Errorf("%+v of %d", c, tally.Total)
			}
		}
	})
}
