"""What verifying evidence of a reading and of a month costs, beside the bare Ed25519 verifications and hashes in it."""

from __future__ import annotations

from collections.abc import Iterator
from time import time_ns
from typing import Any

from veriwatt.cli.bench.figures import Figure, paired, seconds
from veriwatt.cli.bench.grown_ledger import grown_bytes
from veriwatt.cli.bench.month import month_home
from veriwatt.crypto.bare_libsodium import verify_all
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.verify.claims.kinds import parse_evidence
from veriwatt.verify.procedure import verify_evidence

TIMES = 20
SIGNED_BYTES = 300
NODE = bytes(65)
"""What the hash of a node of a tree is of: a prefix and two hashes."""


def measure() -> list[Figure]:
    """Milliseconds to verify one reading's evidence and a month's, and their bytes, on a young and an old ledger."""
    with month_home() as made:
        figures = [_verified("reading", made.reading, made.trust), _verified("month", made.month, made.trust)]
        grown = grown_bytes(Evidence.from_bytes(made.reading, [ReadingClaim]))
    sizes = {"evidence_bytes": len(made.reading), "month_bytes": len(made.month), "grown_bytes": grown}
    return [*figures, *(Figure(name, size, "B") for name, size in sizes.items())]


def _verified(name: str, raw: bytes, trust: Trust) -> Figure:
    evidence = parse_evidence(raw)

    def work() -> float:
        return seconds(lambda: [verify_evidence(raw, trust, time_ns() // 10**6) for _ in range(TIMES)]) / TIMES

    signer, message = Ed25519Signer(bytes(32)), bytes(SIGNED_BYTES)
    signatures = [(signer.sign(message) + message, signer.public.raw)] * (len(evidence.proofs.frames) + 1)
    hashed = list(_hashed(evidence))

    def bare() -> None:
        for _ in range(TIMES):
            verify_all(signatures)
            for each in hashed:
                sha256(each)

    def floor() -> float:
        return seconds(bare) / TIMES

    value, least, ratio = paired(5, work, floor)
    return Figure(f"verify_{name}", value * 1e3, "ms", least * 1e3, ratio)


def _hashed(evidence: Evidence[Any]) -> Iterator[bytes]:
    """Bytes as many and as long as a verifier has to hash: headers, leaves, and a node for each hash of the file."""
    claim, proofs = evidence.claim, evidence.proofs
    columns = claim.columns if isinstance(claim, PeriodClaim) else (claim.column,)
    parts = claim.definitions if isinstance(claim, PeriodClaim) else (claim.definition,)
    yield from (bytes(len(frame.header)) for frame in proofs.frames)
    yield from (bytes(8 * len(leaf.values)) for column in columns for leaf in column.leaves)
    hashes = [*proofs.chain, *proofs.anchors.hashes, *proofs.root_log.hashes]
    paths = sum(len(place.path) for part in parts for place in part.places)
    yield from (NODE for _ in range(len(hashes) + paths + sum(len(column.hashes) for column in columns)))
