package traffic

// An index finds things by their hashes: it is a table with open addressing
// whose places have the number of a thing, and one, below a part of its hash.
// So of things with other hashes, which lie far apart in memory, hardly any is
// looked at.
type index []uint32 // a power of two of them; 0 for a free place

const (
	numberBits = 20 // a million, when itemRoom holds 300,000 items and there are 50,000 visits
	numberMask = 1<<numberBits - 1
)

// seek returns the first place that is free or may be that of a hash. A search
// begins from the hash itself, and goes on behind the place that was found. There
// must be a free place.
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
