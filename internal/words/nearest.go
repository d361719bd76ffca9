package words

import "reflect"

// nearest returns the known key that takes the fewest changes to become key.
func nearest(key string) string {
	best, fewest := "", len(key)+100
	for _, name := range keysOf(reflect.TypeFor[Words](), "") {
		if d := changes(key, name); d < fewest {
			best, fewest = name, d
		}
	}
	return best
}

func keysOf(t reflect.Type, before string) []string {
	var keys []string
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("toml")
		switch {
		case key == "":
		case t.Field(i).Type.Kind() == reflect.Struct:
			keys = append(keys, keysOf(t.Field(i).Type, key+".")...)
		default:
			keys = append(keys, before+key)
		}
	}
	return keys
}

// changes counts the letters to insert, delete or replace between two names
// (Wagner and Fischer 1974).
func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
