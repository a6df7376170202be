#!/bin/sh
# go-vectors.sh VENV: regenerate the vectors that are made with CometBFT's own types, where there is a Go to build them.
set -eu
if ! go=$(sh scripts/go.sh "$1"); then
    echo "The vectors of engines/cometbft/vectors stay as they are." >&2
    exit 0
fi
echo engines/cometbft/vectors
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
export CGO_ENABLED=0 GOFLAGS=-trimpath
(cd engines/cometbft && "$go" run ./vectors "$made")
cp "$made"/*.json tests/vectors/
