#!/bin/sh
# system-packages.sh COMMAND...: on Debian as root, install the package of each command that is missing.
# Elsewhere it says what is missing; the tests that need it are then skipped with that reason.
set -u
missing=
for command in "$@"; do
    command -v "$command" >/dev/null 2>&1 || missing="$missing $command"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system packages:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get -qq update >&2 && apt-get -qq install --yes --no-install-recommends $missing >&2; then
        exit 0
    fi
fi
echo "Not on this machine:$missing (Debian packages of the same name); tests that need them are skipped." >&2
