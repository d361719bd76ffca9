package accesslog

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:48.0) Gecko/20100101 Firefox/48.0"

// samples are lines as the servers' own documentation and the servers show
// them, with addresses reserved for documentation.
var samples = []sample{
	{
		kind: "common", at: "2016-09-05 22:31:00",
		lines: `203.0.113.7 - frank [05/Sep/2016:22:31:00 +0200] "GET /a%20story/ HTTP/1.0" 200 2326` + "\n",
		want:  Hit{Client: "203.0.113.7", Method: "GET", Path: "/a story/", Protocol: "HTTP/1.0", Agent: "-", Status: 200, Bytes: 2326, Took: -1},
	},
	{
		kind: "common-vhost", at: "2016-09-05 22:31:00",
		lines: `blog.example.org:80 2001:db8::7 - - [05/Sep/2016:22:31:00 +0200] "HEAD / HTTP/1.1" 304 -` + "\n",
		want:  Hit{Client: "2001:db8::7", VHost: "blog.example.org", Method: "HEAD", Path: "/", Protocol: "HTTP/1.1", Agent: "-", Status: 304, Took: -1},
	},
	{
		kind: "combined", at: "2016-09-05 22:31:00",
		lines: `203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET /?q=\"x\" HTTP/2.0" 200 2326 "https://news.example/" "` + firefox + `"` + "\n",
		want: Hit{
			Client: "203.0.113.7", Method: "GET", Path: `/?q=\"x\"`, Protocol: "HTTP/2", Referrer: "https://news.example/", Agent: firefox,
			Status: 200, Bytes: 2326, Took: -1,
		},
	},
	{
		kind: "vhost", at: "2016-09-05 22:31:00",
		lines: `blog.example.org:443 203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "POST /x HTTP/1.1" 500 12 "-" "-"` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "blog.example.org", Method: "POST", Path: "/x", Protocol: "HTTP/1.1", Referrer: "-", Agent: "-",
			Status: 500, Bytes: 12, Took: -1,
		},
	},
	{
		kind: "timed", at: "2016-09-05 22:31:00",
		lines: `203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 612 "-" "` + firefox + `" "10.0.0.1" rt=0.042 uct="0.001"` + "\n",
		want: Hit{
			Client: "203.0.113.7", Method: "GET", Path: "/", Protocol: "HTTP/1.1", Referrer: "-", Agent: firefox, Status: 200, Bytes: 612, Took: 42_000,
		},
	},
	{
		kind: "timed-vhost", at: "2016-09-05 22:31:00",
		lines: `blog.example.org:80 203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 612 "-" "` + firefox + `" 1234` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "blog.example.org", Method: "GET", Path: "/", Protocol: "HTTP/1.1", Referrer: "-", Agent: firefox,
			Status: 200, Bytes: 612, Took: 1234,
		},
	},
	{
		kind: "caddy", at: "2022-03-09 21:30:01", local: true,
		lines: `{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/caf\u00e9?a=1","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"],"Referer":["https://news.example/"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"example.com"}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html; charset=utf-8"]}}` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "localhost", Method: "GET", Path: "/café?a=1", Protocol: "HTTP/2", Referrer: "https://news.example/",
			Agent: "curl/7.82.0", MIME: "text/html", TLS: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256", Status: 200, Bytes: 10900, Took: 929,
		},
	},
	{
		kind: "traefik", at: "2016-09-05 22:31:00",
		lines: `203.0.113.7 - - [05/Sep/2016:22:31:00 +0000] "GET / HTTP/1.1" 200 612 "https://news.example/" "` + firefox + `" 7 "blog@docker" "http://172.18.0.2:80" 26ms` + "\n",
		want: Hit{
			Client: "203.0.113.7", Method: "GET", Path: "/", Protocol: "HTTP/1.1", Referrer: "https://news.example/", Agent: firefox,
			Status: 200, Bytes: 612, Took: 26_000,
		},
	},
	{
		kind: "traefik-json", at: "2016-09-05 22:31:00",
		lines: `{"ClientAddr":"203.0.113.7:41208","ClientHost":"203.0.113.7","DownstreamContentSize":612,"DownstreamStatus":200,"Duration":26123456,"RequestAddr":"blog.example.org","RequestHost":"blog.example.org","RequestMethod":"GET","RequestPath":"/a","RequestProtocol":"HTTP/2.0","StartLocal":"2016-09-05T22:31:00.1Z","StartUTC":"2016-09-05T20:31:00.1Z","TLSVersion":"1.3","TLSCipher":"TLS_AES_128_GCM_SHA256","level":"info","request_User-Agent":"curl/7.82.0","time":"2016-09-05T20:31:01Z"}` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "blog.example.org", Method: "GET", Path: "/a", Protocol: "HTTP/2", Agent: "curl/7.82.0",
			TLS: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256", Status: 200, Bytes: 612, Took: 26_123,
		},
	},
	{
		kind: "nginx-json", at: "2016-09-05 22:31:00",
		lines: `{"time_iso8601":"2016-09-05T22:31:00+02:00","remote_addr":"203.0.113.7","request":"GET / HTTP/1.1","status":"404","body_bytes_sent":"12","http_referer":"-","http_user_agent":"curl/7.82.0","request_time":"0.004","upstream_cache_status":"HIT","ssl_protocol":"TLSv1.2"}` + "\n",
		want: Hit{
			Client: "203.0.113.7", Method: "GET", Path: "/", Protocol: "HTTP/1.1", Referrer: "-", Agent: "curl/7.82.0", Cache: "HIT", TLS: "TLSv1.2",
			Status: 404, Bytes: 12, Took: 4000,
		},
	},
	{
		kind: "cloudfront", at: "2019-12-04 21:02:31",
		lines: "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status\n" +
			"2019-12-04\t21:02:31\tLAX1\t392\t203.0.113.7\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows%20NT%2010.0)\ta=b\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\td111111abcdef8.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "d111111abcdef8.cloudfront.net", Method: "GET", Path: "/index.html?a=b", Protocol: "HTTP/2",
			Agent: "Mozilla/5.0 (Windows NT 10.0)", TLS: "TLSv1.2", Cipher: "ECDHE-RSA-AES128-GCM-SHA256", Cache: "HIT", Status: 200, Bytes: 392, Took: 1000,
		},
	},
	{
		kind: "w3c", at: "2016-09-05 22:31:00",
		lines: "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n" +
			"2016-09-05 22:31:00 192.0.2.1 GET /default.htm id=7 80 - 203.0.113.7 Mozilla/5.0+(Windows+NT+10.0) https://news.example/ 200 0 0 120\n",
		want: Hit{
			Client: "203.0.113.7", Method: "GET", Path: "/default.htm?id=7", Referrer: "https://news.example/", Agent: "Mozilla/5.0 (Windows NT 10.0)",
			Status: 200, Took: 120_000,
		},
	},
	{
		kind: "w3c", at: "2016-09-05 22:31:00",
		lines: "#Software: IIS Advanced Logging Module\n#Fields:   date-local time-local   s-ip   cs-method cs-uri-stem cs-uri-query s-comment c-ip cs(User-Agent) cs(Referer) cs(Host) sc-status TimeTakenMS\n" +
			`2016-09-05 22:31:00.363   192.0.2.1 GET /a - "with ""quotes"" in it" "203.0.113.7" "Mozilla/5.0 (C++; Windows NT 10.0)" - "blog.example.org" 200 120` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "blog.example.org", Method: "GET", Path: "/a", Agent: "Mozilla/5.0 (C++; Windows NT 10.0)", Status: 200, Took: 120_000,
		},
	},
	{
		kind: "elb", at: "2015-05-13 23:39:43",
		lines: `2015-05-13T23:39:43.945958Z my-loadbalancer 203.0.113.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/a HTTP/1.1" "curl/7.38.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "www.example.com", Method: "GET", Path: "/a", Protocol: "HTTP/1.1", Agent: "curl/7.38.0",
			TLS: "TLSv1.2", Cipher: "ECDHE-RSA-AES128-GCM-SHA256", Status: 200, Bytes: 29, Took: 1178,
		},
	},
	{
		kind: "alb", at: "2018-07-02 22:23:00",
		lines: `https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-"` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "www.example.com", Method: "GET", Path: "/", Protocol: "HTTP/1.1", Agent: "curl/7.46.0",
			TLS: "TLSv1.2", Cipher: "ECDHE-RSA-AES128-GCM-SHA256", Status: 200, Bytes: 57, Took: 171_000,
		},
	},
	{
		kind: "s3", at: "2019-02-06 00:00:38",
		lines: `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 203.0.113.7 - 3E57427F3EXAMPLE REST.GET.OBJECT photos/a.jpg "GET /photos/a.jpg HTTP/1.1" 200 - 113 113 7 6 "https://blog.example.org/" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "amzn-s3-demo-bucket1", Method: "GET", Path: "/photos/a.jpg", Protocol: "HTTP/1.1",
			Referrer: "https://blog.example.org/", Agent: "S3Console/0.4", Status: 200, Bytes: 113, Took: 7000,
		},
	},
	{
		kind: "haproxy", at: "2009-02-06 12:14:14",
		lines: `Feb  6 12:14:14 localhost haproxy[14389]: 203.0.113.7:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {blog.example.org|https://news.example/|curl/7.46.0} {} "GET /index.html HTTP/1.1"` + "\n",
		want: Hit{
			Client: "203.0.113.7", VHost: "blog.example.org", Method: "GET", Path: "/index.html", Protocol: "HTTP/1.1",
			Referrer: "https://news.example/", Agent: "curl/7.46.0", Status: 200, Bytes: 2750, Took: 109_000,
		},
	},
}
