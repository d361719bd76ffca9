package article

import "testing"

const tea = `<p>Tea came late to the island, and with it came cups, saucers and the habit of sitting down at four.</p>`

func TestThePersonIsTheAuthor(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"not the publisher", `<script type="application/ld+json">{"@type":"BlogPosting","author":{"@type":"Organization","name":"Leaf Ltd"}}</script><article><h1>On tea</h1><p class="byline">by Ann Dole</p>` + tea + `</article>`, "Ann Dole"},
		{"the publisher where there is nobody else", `<script type="application/ld+json">{"@type":"BlogPosting","author":{"@type":"NewsMediaOrganization","name":"Leaf Ltd"}}</script><article><h1>On tea</h1>` + tea + `</article>`, "Leaf Ltd"},
		{"not the site that signs its header", `<header><a class="site-title" rel="author" href="/">leaves</a></header><article><h1>On tea</h1><p><span itemprop="author"><span itemprop="name">Ann Dole</span></span></p>` + tea + `</article>`, "Ann Dole"},
		{"not the name of the site", `<meta property="og:site_name" content="Leaves"><meta name="author" content="leaves"><article><h1>On tea</h1><a rel="author" href="/ann">Ann Dole</a>` + tea + `</article>`, "Ann Dole"},
		{"a site that has its owner's name", `<meta property="og:site_name" content="Ann Dole"><meta name="author" content="Ann Dole"><article><h1>On tea</h1>` + tea + `</article>`, "Ann Dole"},
		{"German", `<article><h1>Tee</h1><span class="author">Verfasst von Ann Dole</span>` + tea + `</article>`, "Ann Dole"},
		{"French", `<article><h1>Thé</h1><span class="author">Rédigé par Ann Dole</span>` + tea + `</article>`, "Ann Dole"},
		{"Spanish", `<article><h1>Té</h1><span class="author">Escrito por Ann Dole</span>` + tea + `</article>`, "Ann Dole"},
		{"Russian", `<article><h1>Чай</h1><span class="author">Автор: Анна Доль</span>` + tea + `</article>`, "Анна Доль"},
	} {
		if got := extract(c.source).Author; got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ line, want, rest string }{
		{"Thursday, 4 June 2026", "2026-06-04", "Thursday, "},
		{"June 4th, 2026", "2026-06-04", " "},
		{"4. Juni 2026 von Ann", "2026-06-04", " von Ann"},
		{"le 1er août 2025", "2025-08-01", "le "},
		{"4 de junio de 2026", "2026-06-04", " "},
		{"2026年6月4日", "2026-06-04", ""},
		{"2026. 6. 4. 21:00", "2026-06-04", " 21:00"},
		{"04.06.2026", "2026-06-04", ""},
		{"4 июня 2026", "2026-06-04", " "},
		{"Tue, 08/12/2025", "", "Tue, 08/12/2025"},
		{"31 February 2025", "", "31 February 2025"},
		{"May I come in?", "", "May I come in?"},
	} {
		got, rest := written(c.line)
		if got.IsZero() != (c.want == "") || !got.IsZero() && got.Format("2006-01-02") != c.want || rest != c.rest {
			t.Errorf("%q is %s and %q", c.line, got, rest)
		}
	}
}

func TestTheLineUnderTheTitle(t *testing.T) {
	for _, c := range []struct{ name, line, author, date string }{
		{"a name and a date", "Ann Dole, 7 March 2019", "Ann Dole", "2019-03-07"},
		{"a date and a name", "7 mars 2019 par Ann de Dole", "Ann de Dole", "2019-03-07"},
		{"a place and a date", "Dole, 7 March 2019", "", "2019-03-07"},
		{"a date alone", "Freitag, 7. März 2019", "", "2019-03-07"},
		{"a sentence", "By the brook stands a mill.", "", ""},
	} {
		p := extract("<title>Tea</title><article><h1>Tea</h1><p>" + c.line + "</p>" + tea + "</article>")
		date := ""
		if !p.Published.IsZero() {
			date = p.Published.Format("2006-01-02")
		}
		if p.Author != c.author || date != c.date {
			t.Errorf("%s: %q on %q", c.name, p.Author, date)
		}
	}
}

func FuzzWritten(f *testing.F) {
	for _, line := range []string{"4 June 2026", "June 4, 2026", "2026年6月4日", "4. de de 2026", "99999999999999999999 May 99", ""} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		when, rest := written(line)
		if when.IsZero() && rest != line || len(rest) > len(line)+2 {
			t.Errorf("%q left %q", line, rest)
		}
		if !when.IsZero() && (when.Year() < 1900 || when.Year() > 2100) {
			t.Error(when)
		}
		_ = named(line)
	})
}
