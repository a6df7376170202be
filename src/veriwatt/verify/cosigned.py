"""Part of step 4: which witnesses signed a root log that has the state of an evidence file.

The rules have the numbers of docs/spec/witness.md, "In evidence". (Size, root) alone binds no state: the effect of the
newest block is in no leaf. So the file's own app hash must be in a leaf that the witness signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash, root_from_path
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.cosigned import CosignedPart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Header
from veriwatt.model.ledger.cosignature import RootCheckpoint
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.block_refusals import WrongBlock
from veriwatt.verify.light_block import MAX_CLOCK_DRIFT
from veriwatt.verify.verdict import Caveat


@dataclass(frozen=True, slots=True)
class Cosigners:
    """The listed witnesses whose cosignatures count, one for each org, as (name, org, time); and why others do not."""

    counted: tuple[tuple[str, str, UtcMillis], ...] = ()
    caveats: tuple[Caveat, ...] = ()

    def facts(self) -> dict[str, object]:
        """Who cosigned, as JSON-able values; nothing where nobody did."""
        if not self.counted:
            return {}
        return {"cosigned_by": [f"{name} ({org}) {utc_text(time)}" for name, org, time in self.counted]}


NOT_COSIGNED = Cosigners()


def prove_cosigned(part: CosignedPart | None, header: Header, trust: Trust | None, now: UtcMillis) -> Cosigners:
    """The witnesses that count for the state under a light block.

    Args:
        part: of the file; None where it has none.
        header: of the file's light block, whose app hash is the root of the state.
        trust: the reader's trust file, which lists the witnesses; without it none counts.
        now: the reader's clock.

    Raises:
        Malformed: the leaf has no such place.
        WrongBlock: the leaf is of a block before the file's own.
        BadSignature: a listed witness did not sign this.
    """
    if part is None:
        return NOT_COSIGNED
    # 1.
    _check_not_before(part, header)
    leaf = RootLogLeaf(part.height, part.time, Digest(header.app_hash))
    root = root_from_path(leaf_hash(leaf.to_bytes()), part.index, part.size, part.path)
    if trust is None:
        return NOT_COSIGNED
    checkpoint = RootCheckpoint(header.chain_id, part.size, root)
    listed = {cosigner.witness.name: cosigner for cosigner in trust.cosigners}
    counted: dict[str, tuple[str, str, UtcMillis]] = {}
    caveats: list[Caveat] = []
    for each in part.cosignatures:
        if (cosigner := listed.get(each.name)) is None:
            continue
        # 2.
        each.verify(checkpoint, cosigner.witness)
        # 3.
        why = list(_why_not(each.name, cosigner.org, each.time, trust, now))
        caveats += why
        if not why:
            counted.setdefault(cosigner.org, (each.name, cosigner.org, each.time))
    return Cosigners(tuple(counted.values()), tuple(caveats))


def _check_not_before(part: CosignedPart, header: Header) -> None:
    same = part.height == header.height
    if part.height < header.height or part.time < header.time_ms or (same and part.time != header.time_ms):
        raise WrongBlock(
            what="block of the cosigned leaf",
            expected=f"{header.height} at {utc_text(header.time_ms)} or later",
            found=f"{part.height} at {utc_text(part.time)}",
        )


def _why_not(name: str, org: str, time: UtcMillis, trust: Trust, now: UtcMillis) -> Iterator[Caveat]:
    if org in trust.operators:
        text = f"the witness {name} does not count: its org, {org}, runs the ledger"
        yield Caveat("cosigner-is-operator", text, {"name": name, "org": org})
    elif time >= now + MAX_CLOCK_DRIFT:
        at = utc_text(time)
        text = f"the witness {name} of {org} does not count: its cosignature is of {at}, which is still to come"
        yield Caveat("cosigned-ahead", text, {"name": name, "org": org, "at": at})
