package pid1

import "testing"

func TestOnlyThePowerButtonSwitchesOff(t *testing.T) {
	event := func(kind, code byte, high byte, value byte) []byte {
		e := make([]byte, 24)
		e[16], e[18], e[19], e[20] = kind, code, high, value
		return e
	}
	for sentence, test := range map[string]struct {
		event []byte
		want  bool
	}{
		"the button":              {event(1, 116, 0, 1), true},
		"its release":             {event(1, 116, 0, 0), false},
		"a key 256 further":       {event(1, 116, 1, 1), false},
		"a movement of that size": {event(2, 116, 0, 1), false},
	} {
		if pressesPower(test.event) != test.want {
			t.Errorf("%s: not %v", sentence, test.want)
		}
	}
}
