"""Turns of the orgs: nobody's transactions wait for all of another's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from veriwatt.errors import Malformed
from veriwatt.machine.envelopes import Envelopes
from veriwatt.model.ledger.bundle import is_bundle

T = TypeVar("T")


def in_turn(queues: Iterable[Iterable[T]]) -> Iterator[T]:
    """The first of each queue, then the second of each, until all are empty."""
    waiting = [iter(queue) for queue in queues]
    while waiting:
        left = list[Iterator[T]]()
        for queue in waiting:
            for first in queue:
                yield first
                left.append(queue)
                break
        waiting = left


def proposal_order(items: Sequence[bytes], envelopes: Envelopes) -> list[bytes]:
    """The transactions and bundles of a mempool, the orgs that signed them in turn; those of one org in their order.

    What cannot be parsed comes with the turn of an org of its own; `admission.screen` leaves it out.
    """
    queues: dict[str, list[bytes]] = {}
    for raw in items:
        queues.setdefault(_org_of(raw, envelopes), []).append(raw)
    return list(in_turn(queues.values()))


def _org_of(raw: bytes, envelopes: Envelopes) -> str:
    try:
        return envelopes.bundle(raw).content.org if is_bundle(raw) else envelopes.transaction(raw).content.org
    except Malformed:
        return ""
