"""Submits to a ledger for ever and prints the number of each member whose addition was confirmed; killed by a test."""

from __future__ import annotations

import sys
from pathlib import Path

from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.model.members.organisation import AddMember
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, sim_validator
from veriwatt.testing.clocks import SimClock


def added(ann: SimMember, number: int) -> bytes:
    new = SimMember("acme", f"m{number}").new
    return ann.sign(AddMember(new), client_id=number.to_bytes(16, "big"))


def main(path: Path, begin: int) -> None:
    with EmbeddedLedger.open(path, sim_validator(), SimClock(START)) as ledger:
        ann = SimMember("acme", "ann", chain=ledger.chain_id, expiry=ledger.head().height + 9_000)
        for at in range(begin, begin + 4_000, 2):
            if all(result.ok for result in submit(ledger, [added(ann, at), added(ann, at + 1)])):
                sys.stdout.write(f"{at}\n{at + 1}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
