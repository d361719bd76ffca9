package article

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// months are the names of the months, whole or cut to their first letters, in
// English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish,
// Polish, Russian and Greek. Names that are cut must be three letters long.
var months = func() map[string]time.Month {
	found := map[string]time.Month{}
	for k, names := range []string{
		`january jan januar janvier janv enero gennaio janeiro januari stycznia января янв ιανουαρίου`,
		`february feb februar février févr fév febrero febbraio fevereiro februari lutego февраля фев φεβρουαρίου`,
		`march mar märz mrz mars marzo março maart marca марта мар μαρτίου`,
		`april apr avril avr abril aprile kwietnia апреля апр απριλίου`,
		`may mai mayo maggio maio mei maj maja мая μαΐου`,
		`june jun juni juin junio giugno junho czerwca июня июн ιουνίου`,
		`july jul juli juillet juil julio luglio julho lipca июля июл ιουλίου`,
		`august aug août agosto augustus augusti sierpnia августа авг αυγούστου`,
		`september sep sept septembre septiembre settembre setembro września сентября сен σεπτεμβρίου`,
		`october oct oktober okt octobre octubre ottobre outubro października октября окт οκτωβρίου`,
		`november nov novembre noviembre novembro listopada ноября ноя νοεμβρίου`,
		`december dec dezember dez décembre déc diciembre dicembre dezembro grudnia декабря дек δεκεμβρίου`,
	} {
		for name := range strings.FieldsSeq(names) {
			found[name] = time.Month(k + 1)
		}
	}
	return found
}()

// dated matches a year with its month and day in figures, and a day, month and
// year parted by points. 08/12/2025 is left alone: who knows which is the day.
var (
	yearFirst = regexp.MustCompile(`\b((?:19|20)\d\d)(?:년|年|[-./]) ?(\d{1,2})(?:월|月|[-./]) ?(\d{1,2})(?:일|日|\.|\b)`)
	dayFirst  = regexp.MustCompile(`\b(\d{1,2})\. ?(\d{1,2})\. ?((?:19|20)\d\d)\b`)
)

// written reads the date that a line holds, as people write it. rest is the
// line before the date and behind it.
func written(line string) (when time.Time, rest string) {
	if m := yearFirst.FindStringSubmatchIndex(line); m != nil {
		when = day(line[m[2]:m[3]], line[m[4]:m[5]], line[m[6]:m[7]])
		rest = line[:m[0]] + line[m[1]:]
	} else if m := dayFirst.FindStringSubmatchIndex(line); m != nil {
		when = day(line[m[6]:m[7]], line[m[4]:m[5]], line[m[2]:m[3]])
		rest = line[:m[0]] + line[m[1]:]
	}
	if !when.IsZero() {
		return when, rest
	}
	return spelled(line)
}

// spelled reads a date whose month is a word.
func spelled(line string) (when time.Time, rest string) {
	parts := strings.Fields(line)
	for k, part := range parts {
		month := months[strings.ToLower(strings.Trim(part, ".,"))]
		if month == 0 {
			continue
		}
		before, after := k, k+1 // 4 June 2026, 4. Juni 2026, 4 de junio de 2026
		for before > 0 && parts[before-1] == "de" {
			before--
		}
		for after < len(parts) && parts[after] == "de" {
			after++
		}
		if before > 0 && after < len(parts) {
			if t := day(figure(parts[after]), strconv.Itoa(int(month)), figure(parts[before-1])); !t.IsZero() {
				return t, strings.Join(parts[:before-1], " ") + " " + strings.Join(parts[after+1:], " ")
			}
		}
		if k+2 < len(parts) { // June 4, 2026
			if t := day(figure(parts[k+2]), strconv.Itoa(int(month)), figure(parts[k+1])); !t.IsZero() {
				return t, strings.Join(parts[:k], " ") + " " + strings.Join(parts[k+3:], " ")
			}
		}
	}
	return time.Time{}, line
}

// figure is the number that a word begins with: 4 of "4th," and "4.".
func figure(word string) string {
	end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) })
	if end < 0 {
		end = len(word)
	}
	if len(word) > end+3 {
		return ""
	}
	return word[:end]
}

// day makes a date; zero if there is no such day.
func day(year, month, of string) time.Time {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(of)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1900 || y > 2100 || d < 1 || int(t.Month()) != m || t.Day() != d {
		return time.Time{}
	}
	return t
}

// undersigned finds author and date of a post in the lines around its title,
// where nothing else names them.
func (r *reader) undersigned(p *Page) {
	if r.title < 0 || p.Author != "" && !p.Published.IsZero() {
		return
	}
	up := r.spots[max(r.spots[r.title].up, 0)].up
	last := r.first(r.spots[r.title].end)
	for k := max(0, r.first(r.title)-3); k < min(len(r.blocks), last+7); k++ {
		b := &r.blocks[k]
		if b.owner == r.title || k < last && up >= 0 && !r.inside(b.at, up) {
			continue
		}
		if k >= last && (heading[r.tag(b.owner)] || b.words > 25) {
			return
		}
		// What the text kept is the text's: an event has a date as well.
		if r.gone(b) && r.above(b.owner, func(i int) bool { return r.spots[i].mark&(answers|entry|beside|siteName|chrome|footer) != 0 }) < 0 {
			r.undersign(p, b)
		}
	}
}

// undersign reads one line.
func (r *reader) undersign(p *Page, b *block) {
	if b.words > 14 || aboutChange.MatchString(strings.ToLower(b.text)) {
		return
	}
	when, rest := written(b.text)
	if sentence(rest) && !aboutWho.MatchString(strings.ToLower(b.text)) {
		return
	}
	if p.Published.IsZero() {
		p.Published = when
	}
	rest = strings.Trim(rest, " ,;·•|–—-")
	name := byless(rest)
	signed := bySign.MatchString(rest)
	if p.Author == "" && (signed || !when.IsZero() && words(name) > 1) && named(name) && letters(name) != letters(p.Site) {
		p.Author = name
	}
}

// particles stand between the parts of a name.
var particles = set(`de da do dos van von der den du di della del la le el al bin ibn ben y e and und et & zu ter`)

// named reports whether a text looks like the names of one person or two.
func named(s string) bool {
	parts := strings.Fields(s)
	for _, part := range parts {
		first := []rune(part)[0]
		if !particles[part] && (!unicode.IsLetter(first) || unicode.IsLower(first)) || strings.ContainsAny(part, "0123456789:/?!") {
			return false
		}
	}
	return len(parts) > 0 && len(parts) <= 6
}
