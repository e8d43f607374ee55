//go:build gc.idle

// Not part of this module: setup.sh adds this file to TinyGo's package runtime.
//
// The collector of the release build runs between two events, when no Go code
// is on WebAssembly's stack, and never while Go allocates (the heap grows
// instead). Everything alive is reachable then from globals and from the
// stacks of goroutines, which asyncify keeps on the heap. So the compiler need
// not keep a copy of every pointer on a shadow stack, a fifth of the module;
// it does not for a collector that it has not heard of, such as "idle".

package runtime

const gcIdle = true

// gcInterval is how many bytes are allocated between two collections, at
// least; a quarter of the heap if that is more, since a collection walks it.
const gcInterval = 64 << 10

var gcCollectedAt uint64

// collect is called by the loader when the module is idle.
//
//export collect
func collect() {
	if gcTotalAlloc-gcCollectedAt > uint64(max(gcInterval, (heapEnd-heapStart)/4)) {
		gcCollectedAt = gcTotalAlloc
		runGC()
	}
}
