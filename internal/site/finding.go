package site

// A Finding is what a look at something in advance came to.
type Finding struct {
	About string `json:"about"`          // what was looked at: "zone", "bucket", "clock"
	OK    bool   `json:"ok"`             // nothing to do
	Found string `json:"found"`          // what was seen, in a few words
	Mend  string `json:"mend,omitempty"` // the command or the step that mends it
}
