package sample

import (
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// middles are the parts of the theme that fill the middle of a page, line by
// line, by its kind.
var middles = map[string]func(page) []g.Node{
	"list": listPart, "post": postPart, "plain": plainPart,
	"calendar": calendarPart, "login": loginPart, "missing": missingPart,
}

func listPart(p page) []g.Node {
	nodes := []g.Node{h.H1(g.If(p.Path == "/", h.Class("skip")), g.Text(p.Title))}
	for _, e := range p.Posts {
		nodes = append(nodes, teaser(p, e))
	}
	if len(p.Posts) == 0 {
		nodes = append(nodes, h.P(g.Text("Nothing was found. Perhaps a shorter word?")))
	}
	return append(nodes, steps(p))
}

// teaser is a post as it stands in a list.
func teaser(p page, e *entry) g.Node {
	return h.Article(h.Class("card"), h.Lang(e.Lang), block(
		h.A(h.Class("thumb"), h.Href(p.url(e.Path())), h.TabIndex("-1"), h.Aria("hidden", "true"), thumb(e.Picture)),
		h.Div(block(
			h.P(h.Class("meta"), when(e.Date), g.Text(" · "), shelf(e)),
			h.H2(to(p.url(e.Path()), e.Title)),
			h.P(g.Text(e.Excerpt)),
		)),
	))
}

func when(date time.Time) g.Node {
	return h.Time(h.DateTime(date.Format(time.DateOnly)), g.Text(date.Format("2 January 2006")))
}

func shelf(e *entry) g.Node { return to("/?cat="+itoa(e.Category), categories[e.Category]) }

// steps leads through the pages of a list or the parts of an article.
func steps(p page) g.Node {
	if len(p.Pager.Links) == 0 {
		return blank
	}
	return h.Nav(h.Class("pager"), h.Aria("label", "Pages"), block(
		step(p, p.Pager.Prev, "prev", "← Back"),
		g.Map(p.Pager.Links, func(l pageLink) g.Node {
			if l.Current {
				return g.Group{h.B(h.Aria("current", "page"), g.Text(itoa(l.N))), g.Text(" ")}
			}
			return g.Group{to(p.url(l.Path), itoa(l.N)), g.Text(" ")}
		}),
		step(p, p.Pager.Next, "next", "On →"),
	))
}

func step(p page, path, rel, text string) g.Node {
	if path == "" {
		return blank
	}
	return h.A(h.Href(p.url(path)), h.Rel(rel), g.Text(text))
}

func postPart(p page) []g.Node {
	return []g.Node{h.Article(block(
		h.P(h.Class("meta"), when(p.Post.Date), g.Text(" · "), shelf(p.Post), g.Text(" · "),
			to("#comments", count(len(p.Post.Comments), "comment"))),
		h.H1(g.Text(p.Title)),
		lead(p.Picture),
		text(p),
		steps(p),
		h.P(h.Class("tags"),
			g.Map(p.Post.Tags, func(tag string) g.Node {
				return g.Group{h.A(h.Href(href(tagPath(tag))), h.Rel("tag"), g.Text(tag)), g.Text(" ")}
			}),
			h.A(h.Class("short"), h.Href(p.Post.Short()), g.Text("Short link"))),
		h.Nav(h.Class("beside"), h.Aria("label", "Posts beside this one"), block(
			beside(p, p.Older, "prev", "Before"), beside(p, p.Newer, "next", "After"))),
		comments(p),
	))}
}

// text is the body of a post or a page: markup of the blog's own, kept as it is.
func text(p page) g.Node { return h.Div(h.Class("text"), block(g.Raw(p.Body))) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}

func beside(p page, e *entry, rel, label string) g.Node {
	if e == nil {
		return blank
	}
	return h.A(h.Href(p.url(e.Path())), h.Rel(rel), h.Small(g.Text(label)), g.Text(e.Title))
}

func comments(p page) g.Node {
	said := h.P(g.Text("Nobody has said anything yet."))
	if len(p.Post.Comments) > 0 {
		said = h.Ol(h.Class("comments"), block(g.Map(p.Post.Comments, func(c comment) g.Node { return remark(p, c) })...))
	}
	return h.Section(h.ID("comments"), block(h.H2(g.Text("Comments")), said, respond(p)))
}

func remark(p page, c comment) g.Node {
	id := itoa(c.ID)
	return h.Li(h.ID("comment-"+id),
		h.P(h.Class("meta"), h.B(g.Text(c.Name)), g.Text(" · "), h.A(h.Href(p.url(p.Post.Path()+"#comment-"+id)), when(c.Date))), newline,
		h.P(g.Text(c.Text)), newline,
		h.P(h.A(h.Class("reply"), h.Rel("nofollow"), h.Href(p.url(p.Post.Path()+"?replytocom="+id+"#respond")), g.Text("Reply to "+c.Name))),
	)
}

func respond(p page) g.Node {
	return h.Form(h.ID("respond"), h.Action(p.url("/wp-comments-post.php")), h.Method("post"), block(
		h.H3(g.Text("Say something")),
		field("author", "Name", h.AutoComplete("name"), h.Required()),
		area("comment", "Comment", "4"),
		h.P(h.Input(h.Type("hidden"), h.Name("comment_post_ID"), h.Value(itoa(p.Post.ID))), h.Button(g.Text("Send"))),
	))
}

// field and area are a line and a box of a form, below their label.
func field(name, label string, attributes ...g.Node) g.Node {
	return h.P(h.Label(h.For(name), g.Text(label)), h.Input(h.ID(name), h.Name(name), g.Group(attributes)))
}

func area(name, label, rows string) g.Node {
	return h.P(h.Label(h.For(name), g.Text(label)), h.Textarea(h.ID(name), h.Name(name), h.Rows(rows), h.Required()))
}

func plainPart(p page) []g.Node {
	var form g.Node = blank
	if p.Post.Form == "contact" {
		form = contactForm(p)
	}
	return []g.Node{h.Article(block(h.H1(g.Text(p.Title)), text(p), form))}
}

func contactForm(p page) g.Node {
	return h.Form(h.Action(p.url("/contact/")), h.Method("post"), block(
		field("from", "Your name", h.AutoComplete("name"), h.Required()),
		field("mail", "Your address", h.Type("email"), h.AutoComplete("email"), h.Required()),
		area("message", "Your letter", "8"),
		h.P(h.Button(g.Text("Send it to the cupboard"))),
	))
}

func calendarPart(p page) []g.Node {
	month := func(of, rel, text string) g.Node {
		return h.A(h.Href("/calendar/?month="+of), h.Rel(rel), g.Text(text))
	}
	return []g.Node{
		h.H1(g.Text("Calendar")),
		h.Table(h.Class("calendar"), block(
			h.Caption(g.Text(p.Sheet.Title)),
			h.THead(h.Tr(g.Map([]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, func(name string) g.Node {
				return h.Th(h.Scope("col"), g.Text(name))
			}))),
			h.TBody(block(g.Map(p.Sheet.Weeks, func(week []day) g.Node { return h.Tr(g.Map(week, cell)) })...)),
		)),
		h.Nav(h.Class("pager"), h.Aria("label", "Months"),
			month(p.Sheet.Prev, "prev", "← Earlier"), g.Text(" "), month(p.Sheet.Next, "next", "Later →")),
	}
}

// cell is a day of the calendar.
func cell(d day) g.Node {
	switch {
	case d.Number == 0:
		return h.Td()
	case d.Post == nil:
		return h.Td(g.Text(itoa(d.Number)))
	}
	return h.Td(h.A(h.Href(href(d.Post.Path())), h.Title(d.Post.Title), g.Text(itoa(d.Number))))
}

func loginPart(page) []g.Node {
	return []g.Node{
		h.H1(g.Text("Log in")),
		h.Form(h.Action("/wp-login.php"), h.Method("post"), block(
			field("log", "Name", h.AutoComplete("username")),
			field("pwd", "Password", h.Type("password"), h.AutoComplete("current-password")),
			h.P(h.Button(g.Text("Log in"))),
		)),
	}
}

func missingPart(page) []g.Node {
	return []g.Node{
		h.H1(g.Text("Nothing here")),
		h.Div(h.Class("text"),
			h.P(g.Text("There is no page at this address, and there may never have been one. The coats in the cupboard say that they have not seen it.")), newline,
			h.P(g.Text("Try "), to("/", "the front page"), g.Text(", or the search."))),
	}
}

// side is the column beside the middle.
func side(p page) g.Node {
	return h.Aside(block(
		h.Section(h.Class("author"), block(
			h.Img(h.Src("/assets/maud.png"), h.Width("80"), h.Height("80"), h.Alt("A drawing of Maud in a large hat")),
			h.P(g.Text("I am Maud. I look after old machines and write about it. "), to("/about/", "More")),
		)),
		h.Section(block(
			h.H2(h.Label(h.For("s"), g.Text("Search"))),
			h.Form(h.Class("search"), h.Role("search"), h.Action(p.url("/")), h.Method("get"),
				h.Input(h.ID("s"), h.Type("search"), h.Name("s"), h.Value(p.Query)), h.Button(g.Text("Go"))),
		)),
		h.Section(block(h.H2(g.Text("Lately")), h.Ul(g.Map(p.Blog.recent(), func(e *entry) g.Node {
			return h.Li(h.Lang(e.Lang), to(p.url(e.Path()), e.Title))
		})))),
		h.Section(block(h.H2(g.Text("Shelves")), h.Ul(g.Map(shelves(), func(id int) g.Node {
			return h.Li(to(p.url("/?cat="+itoa(id)), categories[id]))
		})))),
		h.Section(h.Class("tags"), block(h.H2(g.Text("Tags")), h.P(g.Map(p.Blog.tags(), func(tag string) g.Node {
			return g.Group{to(href(tagPath(tag)), tag), g.Text(" ")}
		})))),
		h.Section(block(h.H2(g.Text("Months")), h.Ul(h.Class("months"), g.Map(p.Blog.months(), func(e *entry) g.Node {
			return h.Li(to(p.url(e.Month()), e.Date.Format("Jan 2006")))
		})))),
		backstage(p),
	))
}

func backstage(p page) g.Node {
	return h.Section(block(
		h.H2(g.Text("Backstage")),
		h.Ul(
			h.Li(to("/feed/", "RSS"), g.Text(" · "), to("/atom.xml", "Atom"), g.Text(" · "), to("/feed.json", "JSON")), newline,
			h.Li(to(p.url("/wp-login.php"), "Log in")), newline,
			h.Li(to(p.url("/wp-login.php?action=logout&_wpnonce="+nonce), "Log out")),
		),
	))
}
