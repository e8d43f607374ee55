#!/bin/sh
# Builds a package with TinyGo as the release build: build.sh out.wasm ./wasm [flags]
# With NAMES=1 the module keeps the names of its functions, see packages.mjs.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
eval "$("$root/internal/tinygo/setup.sh" "$root/.tinygo")"
out=$1 package=$2
shift 2
[ "${NAMES-}" ] || set -- -no-debug "$@"
# Under another name first: whoever reads the module meanwhile reads a whole one.
"$TINYGO" build -target "$TARGET" -opt=z -panic=trap "$@" -o "$out.new.wasm" "$package"
mv "$out.new.wasm" "$out"
