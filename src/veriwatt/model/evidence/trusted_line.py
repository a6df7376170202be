"""The ledgers that a trusted ledger continues, in its trust file.

    {"chain_id", "genesis_hash", "height", "time", "header_hash", "app_hash", "root_log_size", "root_log_root"}

Spec: docs/spec/trust-file.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.ledger.block import Header
from veriwatt.model.ledger.predecessor import MOST_PREDECESSORS, End, Predecessor
from veriwatt.utc_text import parse_utc, utc_text

_FIELDS = ("chain_id", "genesis_hash", "height", "time", "header_hash", "app_hash", "root_log_size", "root_log_root")


def predecessor_fields(predecessor: Predecessor) -> dict[str, object]:
    end = predecessor.ended
    return {
        "chain_id": predecessor.chain_id,
        "genesis_hash": predecessor.genesis_hash.hex(),
        "height": end.height,
        "time": utc_text(end.time),
        "header_hash": end.header_hash.hex(),
        "app_hash": end.app_hash.hex(),
        "root_log_size": end.root_log_size,
        "root_log_root": end.root_log_root.hex(),
    }


def parse_predecessors(value: object) -> tuple[Predecessor, ...]:
    """The predecessors in a trust file; raises Malformed."""
    if not isinstance(value, list) or len(value) > MOST_PREDECESSORS:
        raise Malformed(f"not a list of at most {MOST_PREDECESSORS}")
    return tuple(map(_predecessor, value))


def check_line(line: Sequence[Predecessor], header: Header) -> None:
    """Raise Malformed unless each ledger ended before the next one did, and all before the checkpoint."""
    chains, heights = [each.chain_id for each in line], [each.ended.height for each in line]
    if len({*chains, header.chain_id}) != len(chains) + 1:
        raise Malformed("a ledger is its own predecessor, or named twice")
    if [*heights, header.height] != sorted({*heights, header.height}):
        raise Malformed("the predecessors do not end one after the other, before the checkpoint")


def _predecessor(value: object) -> Predecessor:
    if not isinstance(value, dict) or tuple(value) != _FIELDS:
        raise Malformed(f"a predecessor has the fields {', '.join(_FIELDS)}")
    if any(not isinstance(value[name], int if name in ("height", "root_log_size") else str) for name in _FIELDS):
        raise Malformed("a predecessor has a field of another type")
    if not 0 < value["height"] < 2**62 or not 0 <= value["root_log_size"] < 2**63:
        raise Malformed("a predecessor has a number out of range")
    end = End(
        value["height"],
        parse_utc(value["time"]),
        Digest.from_hex(value["header_hash"]),
        Digest.from_hex(value["app_hash"]),
        value["root_log_size"],
        Digest.from_hex(value["root_log_root"]),
    )
    return Predecessor(value["chain_id"], Digest.from_hex(value["genesis_hash"]), end)
