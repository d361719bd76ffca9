package guard

import "sync/atomic"

// looks remembers what was found in addresses: most hits ask for what others
// have asked for. Each is one word, the upper bits of the hash and the look, so
// that nobody locks. Two of them share a place, and the older one gives way.
type looks [4096][2]atomic.Uint64

// lookBits is how many bits a look takes: three of its sort, six of its
// product, two flags and one that tells a look from an empty place.
const lookBits = 12

func (l *looks) find(hash uint64) (look, bool) {
	place := &l[hash%uint64(len(l))]
	word := place[0].Load()
	if word>>lookBits != hash>>lookBits || word&1 == 0 {
		word = place[1].Load()
	}
	if word>>lookBits != hash>>lookBits || word&1 == 0 {
		return look{}, false
	}
	return look{
		sort: sort(word >> 9 & 7), product: int(word >> 3 & 63),
		runs: word&4 != 0, login: word&2 != 0,
	}, true
}

// touch reads from the place of an address.
func (l *looks) touch(hash uint64) uint64 { return l[hash%uint64(len(l))][0].Load() }

func (l *looks) keep(hash uint64, k look) {
	word := hash>>lookBits<<lookBits | uint64(k.sort)<<9 | uint64(k.product)<<3 | 1
	if k.runs {
		word |= 4
	}
	if k.login {
		word |= 2
	}
	place := &l[hash%uint64(len(l))]
	place[1].Store(place[0].Swap(word))
}

// claims remembers what agents say of themselves in the same way.
type claims [4096][2]atomic.Uint64

// claimBits is how many bits a claim takes, and one more.
const claimBits = 5

// of returns the claim of an agent by its hash.
func (c *claims) of(hash uint64, agent string) claim {
	place := &c[hash%uint64(len(c))]
	for i := range place {
		if word := place[i].Load(); word>>claimBits == hash>>claimBits && word&1 != 0 {
			return claim(word >> 1 & (1<<(claimBits-1) - 1))
		}
	}
	found := claimOf(agent)
	place[1].Store(place[0].Swap(hash>>claimBits<<claimBits | uint64(found)<<1 | 1))
	return found
}
