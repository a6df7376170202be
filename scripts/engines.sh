#!/bin/sh
# engines.sh VENV ENGINE: build build/engines/ENGINE from engines/ENGINE, whose go.sum holds every module that goes into it.
set -eu
go=$(sh scripts/go.sh "$1" "$2")
built=$PWD/build/engines/$2
echo "Building $2 into build/engines (the first time some minutes) ..." >&2
# Without cgo it needs no C compiler and runs on any Linux of this processor. go-vectors.sh builds with the same flags,
# so that each package is compiled once.
export CGO_ENABLED=0 GOFLAGS=-trimpath
(cd "engines/$2" && "$go" build -ldflags "-s -w" -o "$built" tool)
"$built" version
