#!/bin/sh
# Write the Python code of ledger/comet/abci.proto: the code is committed, so that nothing is generated to install us.
set -eu
tool=build/proto-tool
[ -x "$tool/bin/python" ] || { python3 -m venv "$tool" && "$tool/bin/python" -m pip install --quiet grpcio-tools==1.85.1; }
"$tool/bin/python" -m grpc_tools.protoc -I src --python_out=src --pyi_out=src src/veriwatt/ledger/comet/abci.proto
