"""The nodes that orgs registered on the ledger, as far as others connect to them. Spec: docs/spec/peers.md."""

from __future__ import annotations

from collections.abc import Container, Iterator

from veriwatt.machine.governance import queries as governance
from veriwatt.machine.key_registry import org_of_validator
from veriwatt.machine.members import queries
from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.node_record import NodeRecord
from veriwatt.model.members.peer_address import PeerAddress

MOST_OTHERS = 8
"""Peers that a follower asks besides those of its settings."""


def registered_peer(rows: StateRows, org: str, node: str) -> PeerAddress | None:
    """The peer by its node record, at the first of its addresses; None if it has none.

    Of a follower's rows the record is proven, whichever peer answers: one honest peer shows the new keys of all.
    """
    record = queries.node(rows, org, node)
    return None if record is None else _address(record)


def other_peers(rows: StateRows, genesis: Genesis, known: Container[tuple[str, str]]) -> list[PeerAddress]:
    """Up to `MOST_OTHERS` nodes to follow by and submit through, first those of orgs that answer for a validator.

    `known` are the orgs and names of nodes to leave out.
    """
    able = [
        record
        for record in _of_members(rows)
        if {"follow", "relay"} <= set(record.node.services) and (record.org, record.node.name) not in known
    ]
    orgs = validator_orgs(rows, genesis)
    able.sort(key=lambda record: record.org not in orgs)
    found = [_address(record) for record in able]
    return [each for each in found if each is not None][:MOST_OTHERS]


def p2p_addresses(rows: StateRows, genesis: Genesis) -> tuple[str, ...]:
    """NODE-ID@HOST:PORT of the nodes that others dial: of orgs that answer for a validator."""
    orgs = validator_orgs(rows, genesis)
    return tuple(record.node.p2p for record in _of_members(rows) if record.org in orgs and record.node.p2p)


def p2p_ids(rows: StateRows) -> frozenset[str]:
    """The ids of the nodes that are let in."""
    return frozenset(record.node.p2p.partition("@")[0] for record in _of_members(rows) if record.node.p2p)


def validator_orgs(rows: StateRows, genesis: Genesis) -> frozenset[str]:
    """The orgs that answer for a validator which has power now."""
    powers = governance.validators(rows)
    keys = [each.key for each in genesis.validators] if powers is None else [each.key for each in powers]
    return frozenset(org_of_validator(rows, key.raw) for key in keys) - {""}


def _of_members(rows: StateRows) -> Iterator[NodeRecord]:
    """The nodes of orgs that are not suspended."""
    standing = dict[str, bool]()
    for record in queries.all_nodes(rows):
        if record.org not in standing:
            standing[record.org] = queries.suspension(rows, record.org) is None
        if standing[record.org]:
            yield record


def _address(record: NodeRecord) -> PeerAddress | None:
    node = record.node
    return PeerAddress(record.org, node.name, node.addresses[0], node.tls_key) if node.addresses else None
