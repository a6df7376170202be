#!/bin/sh
# Regenerate the vectors that are made with CometBFT's own types, where there is a Go to build them.
set -eu
if ! command -v go >/dev/null 2>&1; then
    echo "No Go on this machine: tests/vectors/light_block.json stays as it is." >&2
    exit 0
fi
echo engines/cometbft/vectors
made=$(mktemp)
trap 'rm -f "$made"' EXIT
(cd engines/cometbft && go run ./vectors) >"$made"
cat "$made" >tests/vectors/light_block.json
