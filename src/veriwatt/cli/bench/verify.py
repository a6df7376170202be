"""What verifying the evidence of one reading costs, beside the Ed25519 verifications in it."""

from __future__ import annotations

from time import time_ns

from veriwatt.cli.bench.figures import Figure, paired, seconds
from veriwatt.cli.bench.rig import ORG, rig
from veriwatt.crypto.bare_libsodium import verify_all
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.frames.frame import parse_frame
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.verify.procedure import verify_evidence

TIMES = 20
SIGNATURES = 2
"""In the evidence of one reading under one signer: the frame's and the block's."""

SIGNED_BYTES = 300


def measure() -> list[Figure]:
    """Milliseconds to verify one reading's evidence, its bytes, and the share that signatures take."""
    with rig() as built:
        home = built.home
        org_log, clock = home.org_log(ORG), home.clock
        uploads = built.frames(4)
        org_log.acceptance.accept(uploads, clock.now())
        org_log.anchor()
        header = parse_frame(uploads[0]).header
        claim = ClaimedSlot(ORG, "p0", header.window.start)
        evidence = evidence_file(build_reading_evidence(home.ledger, org_log.chain, home.keys.agent, claim, 0))
        trust = trust_of(home.ledger, home.ledger.genesis, clock.now())

    def work() -> float:
        return seconds(lambda: [verify_evidence(evidence, trust, time_ns() // 10**6) for _ in range(TIMES)]) / TIMES

    signer = Ed25519Signer(bytes(32))
    message = bytes(SIGNED_BYTES)
    signed = signer.sign(message) + message

    def floor() -> float:
        return seconds(lambda: verify_all([(signed, signer.public.raw)] * (SIGNATURES * TIMES))) / TIMES

    value, least, ratio = paired(5, work, floor)
    return [
        Figure("verify_reading", value * 1e3, "ms", least * 1e3, ratio),
        Figure("evidence_bytes", len(evidence), "B"),
    ]
