#!/bin/sh
# test-next-engine.sh VENV ENGINE: the ledger's tests with the CometBFT of engines/ENGINE instead of the one that we ship.
# Where it cannot be built they are skipped, with the reason.
set -eu
if ! sh scripts/engines.sh "$1" "$2"; then
    echo "Skipped: $2 cannot be built here, for the reason above." >&2
    exit 0
fi
export VERIWATT_TEST_COMETBFT="$PWD/build/engines/$2"
exec "$1/bin/python" -m pytest -n 1 --dist loadfile tests/contracts/ledger tests/network tests/faults/test_comet_kill.py
