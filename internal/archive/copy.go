package archive

import "errors"

// CopyTo writes a compact copy of the archive into dir: of the addresses the
// filter accepts, the last answer and its text only.
func (a *Archive) CopyTo(dir string, keep func(address string) bool) error {
	to, err := Open(dir)
	if err != nil {
		return err
	}
	for ans := range a.All() {
		if !keep(ans.Address) {
			continue
		}
		if err = a.copyAnswer(to, ans); err != nil {
			break
		}
	}
	return errors.Join(err, to.Close())
}

func (a *Archive) copyAnswer(to *Archive, ans Answer) error {
	packed, err := a.packed(ans)
	if err != nil {
		return err
	}
	return to.append(ans, packed)
}
