//go:build !race

package buzz

const raced = false
