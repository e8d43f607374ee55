package sha256

import (
	stdlib "crypto/sha256"
	"testing"
)

// Every length up to three blocks, and long ones: the padding is where such code is wrong.
func TestSameAsCrypto(t *testing.T) {
	data := make([]byte, 1<<16)
	for i := range data {
		data[i] = byte(i*i + i>>8)
	}
	for n := range 200 {
		if Sum256(data[:n]) != stdlib.Sum256(data[:n]) {
			t.Errorf("length %d", n)
		}
	}
	for _, n := range []int{1000, 4095, 4096, 1 << 16} {
		if Sum256(data[:n]) != stdlib.Sum256(data[:n]) {
			t.Errorf("length %d", n)
		}
	}
}
