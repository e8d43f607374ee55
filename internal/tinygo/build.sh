#!/bin/sh
# Builds a package with TinyGo as the release build: build.sh out.wasm ./wasm [flags]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
eval "$("$root/internal/tinygo/setup.sh" "$root/.tinygo")"
out=$1 package=$2
shift 2
exec "$TINYGO" build -target "$TARGET" -no-debug -opt=z -panic=trap "$@" -o "$out" "$package"
