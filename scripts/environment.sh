#!/bin/sh
# environment.sh VENV LOCK...: make the virtual environment, install what the locks name, then the product itself.
set -eu
venv=$1
shift

# The system's own comes first: distributions build it with profile-guided optimization, without which Python takes up
# to twice as long. One that cannot make an environment is the last resort, so that the advice below is of use.
find_python() {
    for needed in "sys, ensurepip" sys; do
        for each in ${PYTHON:-/usr/bin/python3 python3 python3.13 python3.12 python3.11}; do
            if "$each" -c "import $needed; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
                echo "$each"
                return
            fi
        done
    done
    echo "Veriwatt needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3 ..." >&2
    exit 1
}

make_venv() {
    python=$(find_python)
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "$python cannot make a virtual environment." >&2
        echo "On Debian and Ubuntu: apt-get install python3-venv, then run the same make command again." >&2
        exit 1
    fi
}

[ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv

echo "Installing the locked dependencies into $venv ..." >&2
for lock in "$@"; do
    set -- "$@" -r "$lock"
    shift
done
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
