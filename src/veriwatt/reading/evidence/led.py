"""Adding to evidence the light blocks that lead from a trust file's checkpoint to the block that proves it.

Where the validators changed too much since the checkpoint, no single step of skipping verification leads from it to
the file's light block, and its reader is offline: so the maker puts the blocks in between into the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.light_path import MAX_PATH_BLOCKS
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.evidence.build import evidence_file
from veriwatt.reading.evidence.own_ledger import check_own_ledger
from veriwatt.reading.evidence.spare_votes import without_spare_votes
from veriwatt.verify.block_refusals import TrustExpired
from veriwatt.verify.claims.kinds import parse_evidence
from veriwatt.verify.light_client import TrustedBlock, find_long_steps
from veriwatt.verify.steps import require_equal

C = TypeVar("C", bound=Claim)


class CannotLead(NotFound):
    """No path leads from the trust file's checkpoint to the newest block."""

    code = "cannot-lead"

    def __init__(self, *, checkpoint: int, height: int, why: str) -> None:
        super().__init__(
            f"nothing leads from the trust file's checkpoint {checkpoint} to block {height}: {why}; give the reader a "
            "newer trust file (`veriwatt ledger trust`)"
        )
        self.checkpoint, self.height, self.why = checkpoint, height, why


def led_evidence(ledger: Ledger, evidence: Evidence[C], trust: Trust) -> Evidence[C]:
    """The same evidence with the blocks over which a reader of `trust` gets to its light block, in place of any others.

    It has none where one step leads there, or where its block is the checkpoint or older.

    Args:
        ledger: the evidence's own; it gives the light blocks in between.
        trust: of its reader, whose clock is as far as that of the newest block.

    Raises:
        WrongEvidence: file or trust file are of another ledger.
        Contradiction, NotProven: the checkpoint is of another history than this ledger's.
        CannotLead: the checkpoint's trust period has ended, this node has forgotten the blocks in between, or they
            are too many.
        Unavailable: the ledger does not answer.
    """
    check_own_ledger(evidence.chain, ledger.chain_id)
    check_own_ledger(trust.chain_id, ledger.chain_id)
    light, checkpoint = evidence.light, trust.header
    try:
        own = header_hash(ledger.light_block(checkpoint.height).header)
    except NotFound:
        own = None  # forgotten: what is found below shows whether it is this ledger's
    if own is not None:
        _check_own_checkpoint(trust, own)
    if light.header.height <= checkpoint.height:
        return replace(evidence, path=())
    try:
        blocks = _path(ledger, trust, light)[:-1]
    except (TrustExpired, NotFound) as error:
        raise CannotLead(checkpoint=checkpoint.height, height=light.header.height, why=str(error)) from error
    if len(blocks) > MAX_PATH_BLOCKS:
        why = f"it takes {len(blocks)} blocks in between, and a file has at most {MAX_PATH_BLOCKS}"
        raise CannotLead(checkpoint=checkpoint.height, height=light.header.height, why=why)
    return replace(evidence, path=blocks)


def led_file(ledger: Ledger, raw: bytes, trust: Trust) -> bytes:
    """The verified file with what leads there from the trust file's checkpoint; raises as `led_evidence`."""
    evidence = parse_evidence(raw)
    led = led_evidence(ledger, evidence, trust)
    return raw if led.path == evidence.path else evidence_file(led)


def led_file_for_own_readers(ledger: Ledger, raw: bytes, trust: Trust | None) -> bytes:
    """As `led_file` for those who have the maker's own trust file; the file as it is where nothing leads there from it.

    Readers with newer trust files need no more.
    """
    try:
        return raw if trust is None else led_file(ledger, raw, trust)
    except CannotLead:
        return raw


def _check_own_checkpoint(trust: Trust, own: Digest) -> None:
    require_equal("hash of the header at the checkpoint's height", header_hash(trust.header), own)


def _path(ledger: Ledger, trust: Trust, light: LightBlock) -> tuple[LightBlock, ...]:
    """The blocks after the checkpoint up to `light`, itself included, as few as lead there."""
    search = find_long_steps(TrustedBlock.checkpoint(trust), light, light.header.time_ms)
    try:
        height = next(search)
        while True:
            height = search.send(ledger.light_block(height))
    except StopIteration as end:
        found: tuple[LightBlock, ...] = end.value.blocks
    known = (trust.validators, *(block.validators for block in found))
    return tuple(without_spare_votes(block, each) for block, each in zip(found, known, strict=False))
