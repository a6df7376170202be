#!/bin/sh
# Fetch the Go modules that tests of engines/ build with, where there is a Go. Those tests run offline, and are
# skipped with that reason where this found no Go or no module proxy.
set -u
command -v go >/dev/null 2>&1 || exit 0
for module in engines/*/go.mod; do
    (cd "$(dirname "$module")" && go mod download) >&2 || echo "The modules of $module cannot be had here." >&2
done
