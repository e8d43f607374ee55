#!/bin/sh
# Prints the environment of a TinyGo of the version below, with the collector of the release build (gc_idle.go) in its
# runtime, and sets both up first, in the folder given:
#
#   eval "$(internal/tinygo/setup.sh .tinygo)"    # TINYGO, TARGET, TINYGOROOT, WASMOPT, PATH
#
# An installed TinyGo of that version is used. Otherwise it is built from its Go module with LLVM 19 (45 s on two cores);
# the module lacks the wasi-libc sources that TinyGo's own wasm target compiles, so slim.json links Debian's wasi-libc.
# On Debian, as root, what is missing is installed with apt.
set -eu
version=0.41.1
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-.tinygo}
llvm=/usr/lib/llvm-19/bin

has() { command -v "$1" >/dev/null 2>&1; }

install_packages() {
	if [ "$(id -u)" != 0 ] || ! has apt-get; then
		echo "Install TinyGo $version (https://tinygo.org/getting-started/install) and binaryen; on Debian, root may run this instead." >&2
		exit 1
	fi
	apt-get update && apt-get install -y --no-install-recommends "$@"
}

# build_tinygo: the compiler and its library, from the module proxy.
build_tinygo() {
	if ! [ -x $llvm/llvm-config ] || ! [ -d /usr/lib/llvm-19/include/clang-c ] || ! [ -d /usr/lib/wasm32-wasi ] || ! has wasm-ld-19 || ! has c++; then
		install_packages llvm-19-dev libclang-19-dev clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 binaryen g++
	fi
	cat >go.mod <<M
module tinygobuild

go 1.26.0

require github.com/tinygo-org/tinygo v$version

tool github.com/tinygo-org/tinygo
M
	CGO_ENABLED=1 go build -mod=mod -tags llvm19 -o ../tinygo github.com/tinygo-org/tinygo
	library=$(go mod download -json "github.com/tinygo-org/tinygo@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
}

# copy_library: our own copy of $library, of which only src is changed.
copy_library() {
	rm -rf ../library
	mkdir ../library
	ln -s "$library"/* ../library
	rm ../library/src
	cp -r "$library/src" ../library/src
	chmod -R u+w ../library/src
	mkdir -p ../library/src/net # a git submodule upstream, so absent from the module; the overlay only wants the folder
	runtime=../library/src/runtime
	cp "$here/gc_idle.go" $runtime/
	sed -i.orig 's/^\t\tif !ranGC {$/\t\tif !ranGC \&\& !gcIdle {/' $runtime/gc_blocks.go     # grow, do not collect
	sed -i.orig '/^\/\/go:extern runtime.stackChainStart$/d' $runtime/gc_stack_portable.go # the compiler makes none
	rm $runtime/*.orig
	rm $runtime/arch_tinygowasm_malloc.go # malloc for C, and with it the hash table: nothing here is C
	grep -q '!gcIdle' $runtime/gc_blocks.go
}

mkdir -p "$dir/src"
dir=$(cd "$dir" && pwd)
if has tinygo && tinygo version | grep -q "version $version "; then
	tinygo=$(command -v tinygo) target=$here/installed.json
else
	tinygo=$dir/tinygo target=$here/slim.json
fi
stamp=$dir/ready-$version-$(cat "$here/setup.sh" "$here/gc_idle.go" | cksum | tr ' ' -)
if [ ! -f "$stamp" ]; then
	cd "$dir/src"
	{
		if [ "$tinygo" = "$dir/tinygo" ]; then build_tinygo; else library=$(tinygo env TINYGOROOT); fi
		has wasm-opt || install_packages binaryen
		copy_library
	} >&2
	rm -f "$dir"/ready-*
	touch "$stamp"
fi
echo "TINYGO='$tinygo'; TARGET='$target'; export TINYGOROOT='$dir/library' WASMOPT='$here/wasm-opt.sh' PATH=\"\$PATH:$llvm\""
