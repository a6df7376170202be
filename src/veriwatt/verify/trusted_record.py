"""Records of the ledger's state, proven under a block that follows from a trusted block.

Steps 1 to 3 of the answers to a terminal, with the numbers of docs/spec/terminal-questions.md:

 1. light block   it belongs to the trusted chain, and is final by its own validators
 2. trust         it is the trusted block, or follows from it
 3. state         the records are in the state under its app hash, or proven absent
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.verdict import Verdict, decide_trust


def verify_trusted_record(
    key: bytes, state: StatePart, light: LightBlock, trust: Trust, now: UtcMillis
) -> bytes | None:
    """The record at `key`, None if it is proven absent; raises as `verify_trusted_records`."""
    return verify_trusted_records((key,), state, light, trust, now)[0]


def verify_trusted_records(
    keys: Sequence[bytes], state: StatePart, light: LightBlock, trust: Trust, now: UtcMillis
) -> tuple[bytes | None, ...]:
    """The records at `keys`, each None if it is proven absent.

    Args:
        now: the reader's clock, from which the trust period is counted. A slow clock does no harm: if it is before
            the block's time, for which its signers vouch, that time is used.

    Raises:
        Malformed: the state does not have one value for each key.
        NotProven: a step does not hold.
        OlderThanTrusted: the block is older than the trusted one.
    """
    # 1.
    verify_commit(light, trust.chain_id)
    # 2.
    header = light.header
    if decide_trust(light, trust, max(now, header.time_ms)).verdict is not Verdict.PROVEN:
        raise OlderThanTrusted(height=header.height, trusted=trust.header.height)
    # 3.
    if len(state.values) != len(keys):
        raise Malformed(f"the answer has {len(state.values)} records of the state, not {len(keys)}")
    verify_state(Digest(header.app_hash), state.proof, dict(zip(keys, state.values, strict=True)))
    return state.values
