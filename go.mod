module buzzproof

go 1.26.0

require (
	charm.land/bubbletea/v2 v2.1.1 // the screen of a terminal: keys, sizes, only what has changed
	codeberg.org/readeck/go-readability/v2 v2.1.3 // a second opinion on where the text of a page is
	github.com/andybalholm/brotli v1.2.8 // brotli for visitors, and for origins that send it unasked
	github.com/andybalholm/cascadia v1.3.5 // tests only: another matcher of selectors
	github.com/aws/aws-sdk-go-v2 v1.45.1 // signs what is asked of buckets and clouds
	github.com/aws/aws-sdk-go-v2/service/s3 v1.109.1 // the API of buckets, with parts and conditions
	github.com/aws/smithy-go v1.28.1 // what buckets say went wrong
	github.com/caddyserver/certmagic v0.25.6 // certificates by ACME, renewed while the server runs
	github.com/charmbracelet/x/ansi v0.11.9 // how many columns a text takes in a terminal
	github.com/chromedp/cdproto v0.159.0 // tests only: what a browser reports
	github.com/chromedp/chromedp v0.23.0 // tests only: drives a real browser
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6 // tests only: how a mail server asks for a password
	github.com/emersion/go-smtp v0.25.1 // tests only: a mail server
	github.com/klauspost/compress v1.20.3 // zstd for visitors and archives; a faster gzip
	github.com/miekg/dns v1.1.73 // asks name servers for what the resolver of the system does not tell: TTLs, HTTPS records
	github.com/oschwald/maxminddb-golang/v2 v2.9.0 // countries and networks, for who has a database of them
	github.com/pelletier/go-toml/v2 v2.4.3 // the words that visitors read, with the line of what is wrong
	github.com/pires/go-proxyproto v0.15.0 // PROXY headers, versions 1 and 2
	github.com/prometheus/client_model v0.6.3 // tests only: what Prometheus reads
	github.com/prometheus/common v0.73.1 // tests only: Prometheus's own parser
	github.com/rogpeppe/go-internal v1.16.0 // tests only: scripts that speak to the program as a shell does
	github.com/shirou/gopsutil/v4 v4.26.10 // disks, memory, load, sensors and programs, on any system
	github.com/spf13/cobra v1.10.2 // the command line
	github.com/spf13/pflag v1.0.9 // the types of cobra's flags
	github.com/tdewolff/minify/v2 v2.24.25 // full pages without what nobody sees, for who asks
	github.com/wneessen/go-mail v0.8.1 // mail through any provider: STARTTLS, the ways to log in, the form of a letter
	go.uber.org/zap v1.28.0 // certmagic logs by it and wants one to be silent
	golang.org/x/crypto v0.58.0 // ssh to the machine that a site flees to
	golang.org/x/image v0.47.0 // WebP and BMP, which the standard library does not decode
	golang.org/x/net v0.62.0 // the names of charsets and elements as HTML has them
	golang.org/x/sys v0.49.0 // syncfs: one flush for a whole snapshot
	golang.org/x/term v0.47.0 // whether somebody watches the progress
	golang.org/x/text v0.43.0 // pages in other charsets than UTF-8; which language a tag means, and its plurals
	gvisor.dev/gvisor v0.0.0-20260122175437-89a5d21be8f0 // TCP in user space: rehearsals without root
	maragu.dev/gomponents v1.2.0 // pages as Go: templates would keep every method in the program
	modernc.org/sqlite v1.62.0 // the history: one file, safe against a kill and a power cut
)

require (
	github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.20 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.1 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.1 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.1 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.19 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.11.1 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.1 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.20.1 // indirect
	github.com/caddyserver/zerossl v0.1.6 // indirect
	github.com/charmbracelet/colorprofile v0.4.3 // indirect
	github.com/charmbracelet/ultraviolet v0.0.0-20261008173134-6b8d4baf91b4 // indirect
	github.com/charmbracelet/x/term v0.2.2 // indirect
	github.com/charmbracelet/x/termios v0.1.1 // indirect
	github.com/charmbracelet/x/windows v0.2.2 // indirect
	github.com/clipperhouse/displaywidth v0.11.0 // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/ebitengine/purego v0.11.2 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/go-ole/go-ole v1.2.6 // indirect
	github.com/go-shiori/dom v0.0.0-20230515143342-73569d674e1c // indirect
	github.com/gogs/chardet v0.0.0-20211120154057-b7413eaefb8f // indirect
	github.com/google/btree v1.1.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/insomniacslk/dhcp v0.0.0-20260901064844-234b97448fae // addresses from the router, for the machine that the image makes
	github.com/itlightning/dateparse v0.2.1 // indirect
	github.com/josharian/native v1.1.0 // indirect
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/libdns/libdns v1.1.1 // indirect
	github.com/lucasb-eyer/go-colorful v1.4.1 // indirect
	github.com/lufia/plan9stats v0.0.0-20211012122336-39d0f177ccd0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.30 // indirect
	github.com/mdlayher/packet v1.1.2 // indirect
	github.com/mdlayher/socket v0.4.1 // indirect
	github.com/mholt/acmez/v3 v3.1.7 // indirect
	github.com/muesli/cancelreader v0.2.2 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/pandatix/go-abnf v0.5.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.14 // indirect
	github.com/power-devops/perfstat v0.0.0-20260805114148-88456608a4f6 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/tdewolff/parse/v2 v2.8.20 // indirect
	github.com/tklauser/go-sysconf v0.4.0 // indirect
	github.com/tklauser/numcpus v0.12.0 // indirect
	github.com/u-root/uio v0.0.0-20230220225925-ffce2a382923 // indirect
	github.com/xo/terminfo v1.0.0 // indirect
	github.com/yusufpapurcu/wmi v1.2.4 // indirect
	github.com/zeebo/blake3 v0.2.4 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap/exp v0.3.0 // indirect
	golang.org/x/exp v0.0.0-20231110203233-9a3e6036ecaa // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/time v0.12.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
