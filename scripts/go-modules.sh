#!/bin/sh
# go-modules.sh VENV: fetch the Go modules that tests of engines/cometbft build with. Those tests run offline, and are skipped
# with that reason where this found no Go or no module proxy.
set -u
go=$(sh scripts/go.sh "$1") || exit 0
(cd engines/cometbft && "$go" mod download) >&2 || echo "The modules of engines/cometbft cannot be had here." >&2
