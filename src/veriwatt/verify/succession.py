"""From the trust in a ledger to the trust in the one that continues it, by proof alone.

The numbers are those of docs/spec/terminal-questions.md, "When the ledger moved".
"""

from __future__ import annotations

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Validator, ValidatorSet, header_hash, validators_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.predecessor import Closing
from veriwatt.model.ledger.state_keys import CLOSING, ROOT_LOG
from veriwatt.model.ledger.succession import Succession
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import NotInState
from veriwatt.verify.steps import require_equal
from veriwatt.verify.trusted_record import verify_trusted_records


def verify_succession(proof: Succession, trust: Trust, now: UtcMillis) -> Trust:
    """The trust in the successor: its first block is the checkpoint, and `trust`'s ledger its predecessor.

    No witness goes over: whoever believes one of the successor says so.

    Raises:
        NotInState: the ledger has not ended.
        Malformed, NotProven: a step does not hold.
        OlderThanTrusted: the proof is older than what is trusted.
    """
    # 1 to 3.
    closed, log = verify_trusted_records((CLOSING, ROOT_LOG), proof.state, proof.last, trust, now)
    if closed is None or log is None:
        raise NotInState(f"end of ledger {trust.chain_id}")
    # 4.
    genesis, closing = proof.genesis, Closing.from_bytes(closed)
    require_equal("plan hash of the successor's genesis", closing.plan.hex(), genesis.plan_hash.hex())
    # 5.
    _check_end(proof, closing, CompactRange.parse(decode(log, "root log")), trust)
    # 6.
    header = proof.first.header
    verify_commit(proof.first, genesis.chain_id)
    require_equal("height of the successor's first block", genesis.first_height, header.height)
    require_equal("validators of the first block", _signers(genesis), header.validators_hash.hex())
    before = genesis.predecessor
    if before is None:
        raise Malformed("the genesis names no predecessor")
    return Trust(
        genesis.genesis_hash,
        genesis.machine_version,
        header,
        proof.first.validators,
        before.ended.root_log_size + 1,
        now,
        trust.trust_period_days,
        predecessors=(*trust.predecessors, before),
    )


def _check_end(proof: Succession, closing: Closing, log: CompactRange, trust: Trust) -> None:
    """Step 5: the genesis names the trusted ledger, and its end as its own state and header have it."""
    before, header = proof.genesis.predecessor, proof.last.header
    if before is None:
        raise Malformed("the genesis names no predecessor")
    end = before.ended
    require_equal("genesis hash of the predecessor", trust.genesis_hash.hex(), before.genesis_hash.hex())
    require_equal("height of the end", closing.height + 1, end.height)
    require_equal("app hash of the end", header.app_hash.hex(), end.app_hash.hex())
    require_equal("root log of the end", (log.size, log.root().hex()), (end.root_log_size, end.root_log_root.hex()))
    if header.height == end.height:
        require_equal("time of the end", header.time_ms, end.time)
        require_equal("header hash of the end", header_hash(header).hex(), end.header_hash.hex())


def _signers(genesis: Genesis) -> str:
    validators = ValidatorSet.of(*(Validator.of(each.key.raw, each.power) for each in genesis.validators))
    return validators_hash(validators).hex()
