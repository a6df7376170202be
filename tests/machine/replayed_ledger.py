"""Replays the blocks of a ledger's file from its genesis and prints the app hash of every height; run by tests.

python -m tests.machine.replayed_ledger FOLDER
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from veriwatt.ledger.open_ledger import open_reader
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree

ROOT = Path(__file__).parents[2]

SURROUNDINGS = {
    "as it is": {},
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "a zone with summer time, and no names of months": {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C"},
    "a zone a day ahead, and UTF-8": {"PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
    "ASCII alone, optimised": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONOPTIMIZE": "1", "TZ": "Asia/Shanghai"},
}
"""What may differ from one validator's machine to another's."""


def replayed_under(module: str, surroundings: dict[str, str], *arguments: str) -> list[str]:
    """What another process prints, in these surroundings."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={**inherited, **surroundings, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )
    return run.stdout.split()


def replay(folder: Path) -> list[str]:
    """The app hashes that each header of the ledger commits to, as this process computes them."""
    ledger = open_reader(folder)
    try:
        rows = MemoryRows(genesis_rows(ledger.genesis))
        tree = StateTree.from_items(rows.scan(b""))
        found = []
        for height in range(1, ledger.head().height + 1):
            block = ledger.block(height)
            found.append(tree.root.hex())
            if block.app_hash != tree.root:
                raise SystemExit(f"header {height} has app hash {block.app_hash}, not {tree.root}")
            context = BlockContext(height, block.time, block.app_hash)
            executed = execute_block(rows, context, [item.raw for item in block.items])
            rows.take(executed.changes)
            tree.update(executed.changes)
        return found
    finally:
        ledger.close()


if __name__ == "__main__":
    time.tzset()
    print("\n".join(replay(Path(sys.argv[1]))))
