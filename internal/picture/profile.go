package picture

import "bytes"

// mostProfile is the largest colour profile that is kept, in bytes: those of
// cameras and phones (Adobe RGB, Display P3) have about 550. Without them
// their colours would be dull. Larger ones are tables for printers and
// scanners, and would weigh as much as a small picture.
const mostProfile = 4 << 10

// usefulProfile returns the profile if it should go into a smaller picture:
// one for RGB, or for grey, that is small and says something else than sRGB,
// which is what a picture without a profile is taken for.
func usefulProfile(profile []byte, grey bool) []byte {
	space := "RGB "
	if grey {
		space = "GRAY"
	}
	if len(profile) < 128 || len(profile) > mostProfile || string(profile[16:20]) != space {
		return nil
	}
	// The description is ASCII in version 2 and UTF-16 in version 4.
	if bytes.Contains(profile, []byte("sRGB")) || bytes.Contains(profile, []byte("s\x00R\x00G\x00B")) {
		return nil
	}
	return profile
}
