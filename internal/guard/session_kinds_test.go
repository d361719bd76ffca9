package guard

import (
	"fmt"

	"buzzproof/internal/site"
)

// kindsOfSession are what visitors of a blog are seen to do.
var kindsOfSession = []struct {
	kind  string
	class site.Class
	site  string
	do    func(m *maker)
}{
	{"reads an article", site.Person, "static", func(m *maker) { m.read(m.browser(), m.post(), "https://t.co/x", 200, 0) }},
	{"strolls", site.Person, "static", func(m *maker) { m.stroll(m.browser(), 3+m.IntN(12)) }},
	{"strolls on a WordPress", site.Person, "wordpress", func(m *maker) { m.stroll(m.browser(), 3+m.IntN(6)) }},
	{"reads a page full of lost pictures", site.Person, "static", func(m *maker) { m.read(m.browser(), m.post(), "", 200, 25) }},
	{"follows a dead link", site.Person, "static", func(m *maker) { m.read(m.browser(), "/old/"+m.post(), "https://old.example/", 404, 0) }},
	{"has all assets in its cache", site.Person, "static", func(m *maker) {
		for range 8 {
			m.get(m.browser(), m.post(), 200)
			m.wait(20, 200)
		}
	}},
	{"reads light pages without assets", site.Person, "static", func(m *maker) {
		agent := m.browser()
		for range 25 {
			m.ask(agent, "GET", m.post(), home+"/", 200)
			m.wait(15, 100)
		}
	}},
	{"is curious where the log-in is", site.Person, "static", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 3)
		m.scan(agent, 2, 9, "/wp-login.php", "/admin/login")
		m.stroll(agent, 2)
	}},
	{"searches the site for code", site.Person, "static", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 2)
		m.ask(agent, "GET", "/?s=union+select+in+sql", home+"/", 200)
		m.stroll(agent, 1)
	}},
	{"owns the WordPress", site.Person, "wordpress", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 2)
		m.ask(agent, "GET", "/wp-login.php", home+"/", 200)
		m.ask(agent, "POST", "/wp-login.php", home+"/wp-login.php", 200) // mistyped
		m.wait(4, 9)
		m.ask(agent, "POST", "/wp-login.php", home+"/wp-login.php", 302)
		for range 15 {
			m.ask(agent, "GET", "/wp-admin/post.php?post=1&action=edit", home+"/wp-admin/", 200)
			m.ask(agent, "POST", "/wp-admin/admin-ajax.php", home+"/wp-admin/", 200)
			m.ask(agent, "GET", "/wp-includes/js/jquery/jquery.min.js", home+"/wp-admin/", 200)
			m.wait(5, 60)
		}
	}},
	{"uses a text browser", site.Person, "static", func(m *maker) {
		for range 6 {
			m.get("Lynx/2.8.9rel.1 libwww-FM/2.14", m.post(), 200)
			m.wait(20, 90)
		}
	}},

	{"shows a link in the fediverse", site.Preview, "static", func(m *maker) {
		m.get("Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)", m.post(), 200)
		m.get("Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)", "/img/head.webp", 200)
	}},
	{"shows a link in a message", site.Preview, "static", func(m *maker) {
		agent := "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
		m.get(agent, m.post(), 200)
		m.get(agent, "/favicon.ico", 404)
	}},
	{"checks many dead links for a network", site.Preview, "static", func(m *maker) {
		for i := range 30 {
			m.get("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", fmt.Sprintf("/gone-%d/", i), 404)
			m.wait(0, 0.3)
		}
	}},
	{"reads the feed", site.Feed, "static", func(m *maker) {
		for range 24 {
			m.get("FreshRSS/1.24.3 (Linux; https://freshrss.org)", "/feed.xml", 304)
			m.wait(3500, 3700)
		}
	}},
	{"reads a feed that moved", site.Feed, "static", func(m *maker) {
		for range 40 {
			m.get("Tiny Tiny RSS/23.10 (https://tt-rss.org/)", "/rss/", 404)
			m.wait(0.1, 2)
		}
	}},
	{"reads the feed by a program of its own", site.Feed, "static", func(m *maker) {
		for range 12 {
			m.get("Go-http-client/2.0", "/feed.xml", 200)
			m.wait(3500, 3700)
		}
	}},
	{"indexes the site", site.Search, "static", func(m *maker) {
		m.get(googlebot, "/robots.txt", 200)
		for i := range 60 {
			m.get(googlebot, m.post(), 200)
			if i%4 == 0 {
				m.get(googlebot, fmt.Sprintf("/gone-%d/", i), 404)
			}
			m.wait(0.2, 4)
		}
	}},
	{"follows an attacker's links to the site", site.Search, "static", func(m *maker) {
		m.get(googlebot, "/?id=1+union+select+1,2,3", 200)
		m.get(googlebot, m.post(), 200)
	}},
	{"collects texts", site.AI, "static", func(m *maker) {
		for range 80 {
			m.get("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", m.post(), 200)
			m.wait(0.1, 1)
		}
	}},
	{"watches the site", site.Monitor, "static", func(m *maker) {
		for range 30 {
			m.ask("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "HEAD", "/", "", 200)
			m.wait(290, 310)
		}
	}},

	{"looks for secrets", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0.1, 1, "/.env", "/.git/config", "/.aws/credentials", "/wp-config.php.bak")
	}},
	{"looks for one secret", site.Scanner, "static", func(m *maker) { m.scan(m.browser(), 1, 2, "/.env") }},
	{"looks for WordPress", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wp-login.php", "/xmlrpc.php", "/wp-includes/wlwmanifest.xml", "/blog/wp-includes/wlwmanifest.xml", "/wp/wp-login.php")
	}},
	{"looks for databases", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 0.5, "/phpmyadmin/", "/phpMyAdmin/", "/pma/", "/myadmin/", "/dbadmin/", "/mysqladmin/", "/adminer.php")
	}},
	{"looks for shops and portals", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 60, 600, "/administrator/index.php", "/prestashop/", "/modules/ps_facetedsearch/readme.md", "/magento/", "/user/login")
	}},
	{"looks for routers", site.Scanner, "static", func(m *maker) {
		m.scan("Hello, World", 1, 2, "/boaform/admin/formLogin", "/HNAP1/", "/GponForm/diag_Form?images/", "/setup.cgi?next_file=netgear.cfg")
	}},
	{"looks for shells of others", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wso.php", "/alfa.php", "/shell.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/1.php")
	}},
	{"guesses names", site.Scanner, "static", func(m *maker) {
		for i := range 150 {
			m.get(m.s.agent(m), fmt.Sprintf("/word-%d", i), 404)
			m.wait(0, 0.1)
		}
	}},
	{"injects", site.Scanner, "static", func(m *maker) {
		for i := range 40 {
			m.get(m.s.agent(m), fmt.Sprintf("/?id=%d%%27%%20UNION%%20SELECT%%20NULL--", i), 200)
			m.wait(0, 1)
		}
	}},
	{"climbs out", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/cgi-bin/.%2e/.%2e/.%2e/bin/sh", "/static/..%2f..%2f..%2fetc/passwd", "/?file=../../../../etc/passwd")
	}},
	{"loads pages first, then injects", site.Scanner, "static", func(m *maker) {
		agent := m.browser()
		m.read(agent, "/", "", 200, 0)
		for i := range 60 {
			m.ask(agent, "GET", fmt.Sprintf("/?q=%%3Cscript%%3Ealert(%d)%%3C/script%%3E", i), home+"/", 200)
			m.wait(0, 1)
		}
	}},
	{"changes its agent with every request", site.Scanner, "static", func(m *maker) {
		for i, p := range []string{"/.env", "/.git/HEAD", "/wp-login.php", "/phpmyadmin/", "/shell.php", "/.aws/credentials", "/", "/admin.php"} {
			m.get(fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 100+i, 100+i), p, 404)
		}
	}},
	{"copies the site", site.Scanner, "static", func(m *maker) {
		agent := m.browser()
		for range 300 {
			m.get(agent, m.post(), 200)
			m.wait(0.1, 1)
		}
	}},
	{"copies the site by a program", site.Scanner, "static", func(m *maker) {
		for range 60 {
			m.get("python-requests/2.32.3", m.post(), 200)
		}
	}},
	{"guesses passwords of the WordPress", site.Scanner, "wordpress", func(m *maker) {
		agent := m.browser()
		for range 200 {
			m.ask(agent, "POST", "/wp-login.php", "", 200)
			m.wait(0.2, 2)
		}
	}},
	{"guesses passwords by XML", site.Scanner, "wordpress", func(m *maker) {
		for range 200 {
			m.ask(m.s.agent(m), "POST", "/xmlrpc.php", "", 200)
			m.wait(0.1, 1)
		}
	}},
	{"looks for holes of a WordPress", site.Scanner, "wordpress", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wp-config.php.bak", "/.env", "/wp-content/debug.log", "/backup.zip", "/wp-content/plugins/revslider/readme.txt")
	}},
}
