#!/bin/sh
# Regenerate the vectors that are made with CometBFT's own types, where there is a Go to build them.
set -eu
cd engines/cometbft
if [ ! -d vectors ] || ! ls vectors/*.go >/dev/null 2>&1; then
    exit 0
fi
if ! command -v go >/dev/null 2>&1; then
    echo "No Go on this machine: the vectors of engines/cometbft stay as they are." >&2
    exit 0
fi
echo engines/cometbft/vectors
go run ./vectors ../../tests/vectors
