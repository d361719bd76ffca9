// Package resume reads a résumé in the JSON Resume form and lays it out for
// the three places it is read: a text screen, a web page, a printer.
//
// A file is read as a tree that remembers its lines and poured into plain
// structs by one table, the structs' own tags. Whatever is wrong is therefore
// known by file, line and path, and what comes out needs no further check: no
// control characters, one form of Unicode, dates that are dates.
package resume

// MaxBytes bounds a file: the longest résumés are a few hundred KB.
const MaxBytes = 4 << 20

// A Resume is the schema's version 1 (jsonresume.org/schema). Every field may be empty.
type Resume struct {
	Basics       Basics        `json:"basics"`
	Work         []Work        `json:"work"`
	Volunteer    []Volunteer   `json:"volunteer"`
	Education    []Education   `json:"education"`
	Awards       []Award       `json:"awards"`
	Certificates []Certificate `json:"certificates"`
	Publications []Publication `json:"publications"`
	Skills       []Skill       `json:"skills"`
	Languages    []Language    `json:"languages"`
	Interests    []Interest    `json:"interests"`
	References   []Reference   `json:"references"`
	Projects     []Project     `json:"projects"`
	Meta         Meta          `json:"meta"`
}

// Basics says who it is.
type Basics struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Image    URL       `json:"image"`
	Email    string    `json:"email"`
	Phone    string    `json:"phone"`
	URL      URL       `json:"url"`
	Summary  string    `json:"summary"`
	Location Location  `json:"location"`
	Profiles []Profile `json:"profiles"`
}

// A Location is where somebody lives.
type Location struct {
	Address     string `json:"address"`
	PostalCode  string `json:"postalCode"`
	City        string `json:"city"`
	CountryCode string `json:"countryCode"`
	Region      string `json:"region"`
}

// A Profile is an account elsewhere.
type Profile struct {
	Network  string `json:"network"`
	Username string `json:"username"`
	URL      URL    `json:"url"`
}

// Work is a position.
type Work struct {
	Name        string   `json:"name"`
	Location    string   `json:"location"`
	Description string   `json:"description"`
	Position    string   `json:"position"`
	URL         URL      `json:"url"`
	StartDate   Date     `json:"startDate"`
	EndDate     Date     `json:"endDate"`
	Summary     string   `json:"summary"`
	Highlights  []string `json:"highlights"`
}

// Volunteer is a position without pay.
type Volunteer struct {
	Organization string   `json:"organization"`
	Position     string   `json:"position"`
	URL          URL      `json:"url"`
	StartDate    Date     `json:"startDate"`
	EndDate      Date     `json:"endDate"`
	Summary      string   `json:"summary"`
	Highlights   []string `json:"highlights"`
}

// Education is a school and what it led to.
type Education struct {
	Institution string   `json:"institution"`
	URL         URL      `json:"url"`
	Area        string   `json:"area"`
	StudyType   string   `json:"studyType"`
	StartDate   Date     `json:"startDate"`
	EndDate     Date     `json:"endDate"`
	Score       string   `json:"score"`
	Courses     []string `json:"courses"`
}

// An Award was given for something.
type Award struct {
	Title   string `json:"title"`
	Date    Date   `json:"date"`
	Awarder string `json:"awarder"`
	Summary string `json:"summary"`
}

// A Certificate was earned.
type Certificate struct {
	Name   string `json:"name"`
	Date   Date   `json:"date"`
	URL    URL    `json:"url"`
	Issuer string `json:"issuer"`
}

// A Publication was written.
type Publication struct {
	Name        string `json:"name"`
	Publisher   string `json:"publisher"`
	ReleaseDate Date   `json:"releaseDate"`
	URL         URL    `json:"url"`
	Summary     string `json:"summary"`
}

// A Skill is a field of knowledge with its parts.
type Skill struct {
	Name     string   `json:"name"`
	Level    string   `json:"level"`
	Keywords []string `json:"keywords"`
}

// A Language is spoken.
type Language struct {
	Language string `json:"language"`
	Fluency  string `json:"fluency"`
}

// An Interest is what somebody likes besides.
type Interest struct {
	Name     string   `json:"name"`
	Keywords []string `json:"keywords"`
}

// A Reference is what others say.
type Reference struct {
	Name      string `json:"name"`
	Reference string `json:"reference"`
}

// A Project is a piece of work of one's own.
type Project struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Highlights  []string `json:"highlights"`
	Keywords    []string `json:"keywords"`
	StartDate   Date     `json:"startDate"`
	EndDate     Date     `json:"endDate"`
	URL         URL      `json:"url"`
	Roles       []string `json:"roles"`
	Entity      string   `json:"entity"`
	Type        string   `json:"type"`
}

// Meta is about the file itself.
type Meta struct {
	Canonical    URL    `json:"canonical"`
	Version      string `json:"version"`
	LastModified string `json:"lastModified"`
}
