"""The id and limits of the chain, written to the state by the genesis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Corrupted
from veriwatt.ids import Digest
from veriwatt.machine.state import StateRows
from veriwatt.machine.version import check_machine
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import CHAIN


@dataclass(frozen=True, slots=True)
class Rules:
    """Chain id, genesis hash, machine version, and the limits of a transaction: validity in blocks, and bytes."""

    chain_id: str
    genesis_hash: Digest
    machine_version: int
    expiry_horizon: int
    transaction_limit: int

    def to_bytes(self) -> bytes:
        return encode(
            [
                FORMAT,
                self.chain_id,
                self.genesis_hash,
                self.machine_version,
                self.expiry_horizon,
                self.transaction_limit,
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Rules:
        f = Fields.versioned(decode(raw, "chain record"), "chain record", 6)
        chain, genesis_hash = f.text("chain id", 50), f.digest("genesis hash", Digest)
        return cls(chain, genesis_hash, f.uint("machine version"), f.uint("expiry horizon"), f.uint("limit"))


def rules_of_genesis(genesis: Genesis) -> Rules:
    return Rules(
        genesis.chain_id,
        genesis.genesis_hash,
        genesis.machine_version,
        genesis.expiry_horizon,
        genesis.transaction_limit,
    )


def load_rules(rows: StateRows) -> Rules:
    """The rules in this state.

    Raises:
        WrongMachine: the state is of another machine version.
        Corrupted: the state has no rules.
    """
    raw = rows.get(CHAIN)
    if raw is None:
        raise Corrupted("the state has no chain record")
    rules = _rules(raw)
    check_machine(rules.machine_version)
    return rules


@lru_cache(16)
def _rules(raw: bytes) -> Rules:
    return Rules.from_bytes(raw)
