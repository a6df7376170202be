#!/bin/sh
# Resolve pyproject.toml into requirements/*.lock: exact versions with hashes, for every platform and Python we support.
set -eu
tool=build/lock-tool
[ -x "$tool/bin/uv" ] || { python3 -m venv "$tool" && "$tool/bin/python" -m pip install --quiet uv==0.13.8; }

resolve() {
    name=$1
    shift
    "$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header ${UPGRADE:+--upgrade} "$@" --output-file "requirements/$name.lock"
}

resolve run pyproject.toml
resolve dev pyproject.toml --extra test --extra dev --constraint requirements/run.lock
resolve build requirements/build.in --constraint requirements/dev.lock
resolve go requirements/go.in
