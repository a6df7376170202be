"""What k-of-n shares cost: 3-of-5 of 1 MiB split, restored, repaired and cut into chunks, beside one SHA-256 of it."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.cli.bench.figures import Figure, Measure, paired, seconds
from veriwatt.crypto.hashing import sha256
from veriwatt.erasure.shares import FoundShare, repair, restore, share_set, split
from veriwatt.ids import MAX_OBJECT
from veriwatt.model.storage.chunks import chunk_root
from veriwatt.model.storage.coding import Coding

CODING = Coding(3, 5)
ROUNDS = 9
TIMES = 10
"""How often each is done in a round."""


def measure() -> list[Measure]:
    """MB/s of the object; restoring and repairing check the id of each share and of what comes out.

    Two of the three data shares are lost where it is restored, the most work that there can be.
    """
    content = b"".join(sha256(at.to_bytes(4, "big")) for at in range(MAX_OBJECT // 32))
    recorded = share_set(content, CODING, split(content, CODING))
    shares = [FoundShare(index, share) for index, share in enumerate(split(content, CODING))]
    lossy = [shares[0], *shares[3:]]
    return [
        _rate("share_split", lambda: split(content, CODING), content),
        _rate("share_restore", lambda: restore(recorded, lossy), content),
        _rate("share_restore_whole", lambda: restore(recorded, shares[:3]), content),
        _rate("share_repair", lambda: repair(recorded, shares[1:4], 0), content),
        _rate("chunk_root", lambda: chunk_root(content), content),
    ]


def _rate(name: str, work: Callable[[], object], content: bytes) -> Figure:
    def repeated(each: Callable[[], object]) -> Callable[[], float]:
        return lambda: seconds(lambda: [each() for _ in range(TIMES)]) / TIMES

    work()
    spent, least, ratio = paired(ROUNDS, repeated(work), repeated(lambda: sha256(content)))
    size = len(content) / 1e6
    return Figure(name, size / spent, "MB/s", size / least, 1 / ratio)
