package traffic

// An index finds things by their hashes. Each place has the number of one and a
// part of its hash beside it, so that hardly any other is looked at: they lie
// far apart in memory, the places do not.
type index []uint32 // a power of two of them; 0 for a free place

const (
	numberBits = 20 // enough for what itemRoom holds, and for maxVisits
	numberMask = 1<<numberBits - 1
)

// seek returns the first place from one on that is free, or may be that of a
// hash: the one to begin at is that hash, the next one a place and one. An index
// that was never filled has none.
func (x index) seek(hash, from uint64) uint64 {
	mask := uint64(len(x) - 1)
	for i := from & mask; ; i = (i + 1) & mask {
		if x[i] == 0 || x[i]>>numberBits == uint32(hash>>(32+numberBits)) {
			return i
		}
	}
}

// number returns what stands in a place that is not free.
func (x index) number(place uint64) uint32 { return x[place]&numberMask - 1 }

// likely returns the number that the first look finds; false where there is none.
func (x index) likely(hash uint64) (uint32, bool) {
	if len(x) == 0 {
		return 0, false
	}
	place := x.seek(hash, hash)
	return x[place]&numberMask - 1, x[place] != 0
}

// put takes a number in, which must not be there.
func (x index) put(hash uint64, number uint32) {
	mask := uint64(len(x) - 1)
	i := hash & mask
	for x[i] != 0 {
		i = (i + 1) & mask
	}
	x[i] = uint32(hash>>(32+numberBits))<<numberBits | (number + 1)
}

// touch reads from the place of a hash, so that it is at hand soon.
func (x index) touch(hash uint64) uint64 {
	if len(x) == 0 {
		return 0
	}
	return uint64(x[hash&uint64(len(x)-1)])
}
