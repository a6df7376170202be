#!/bin/sh
# engines.sh VENV: build build/engines/cometbft from engines/cometbft, whose go.sum holds every module that goes into it.
set -eu
go=$(sh scripts/go.sh "$1")
out=$PWD/build/engines
mkdir -p "$out"
echo "Building CometBFT into build/engines (the first time some minutes) ..." >&2
# Without cgo it needs no C compiler and runs on any Linux of this processor. go-vectors.sh builds with the same flags,
# so that each package is compiled once.
export CGO_ENABLED=0 GOFLAGS=-trimpath
(cd engines/cometbft && "$go" build -ldflags "-s -w" -o "$out/" tool)
"$out/cometbft" version
