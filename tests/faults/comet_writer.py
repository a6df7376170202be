"""Submits to a network of one validator for ever, and prints what was confirmed; killed by a test.

The first line is the process id of CometBFT; then the number of each terminal whose enrolment was confirmed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.comet_program import PROGRAM
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.open_ledger import CometSettings, ledger_file
from veriwatt.ports.ledger import submit
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import SimMember, SimTerminal
from veriwatt.testing.comet_network import height_of, wait_until


def main(folder: Path, begin: int) -> None:
    settings = CometSettings(PROGRAM, free_port(), f"127.0.0.1:{free_port()}", block_pause=5)
    with CometLedger(ledger_file(folder), settings) as ledger:
        wait_until(lambda: height_of(ledger) > 0)
        print(ledger.node.process.pid, flush=True)
        ann = SimMember("acme", "ann", chain=ledger.chain_id, expiry=ledger.head().height + 9_000)
        for at in range(begin, begin + 1_000):
            ann._signed = at  # noqa: SLF001 - client ids that no other run of this writer uses
            if all(result.ok for result in submit(ledger, [ann.enrol(SimTerminal("acme", f"t{at}"))])):
                print(at, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
