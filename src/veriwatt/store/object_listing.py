"""The object ids among the names that a store lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from veriwatt.errors import Malformed
from veriwatt.ids import ObjectId
from veriwatt.store.store_errors import StoreFails

MOST_FOREIGN = 100_000
"""Names that are no object id, in a listing: where objects are there are next to none."""


def ids_in(names: Iterable[str], store: str) -> Iterator[ObjectId]:
    """The names that are object ids; raises StoreFails after too many that are none, as a listing without end has."""
    foreign = 0
    for text in names:
        name = id_in_listing(text)
        if name is not None:
            yield name
            continue
        foreign += 1
        if foreign > MOST_FOREIGN:
            why = f"more than {MOST_FOREIGN:,} names that are no object"
            raise StoreFails(store=store, what="list", why=why)


def id_in_listing(text: str) -> ObjectId | None:
    """The object that a store names so; None for a name that is no object id."""
    try:
        return ObjectId.parse(text)
    except Malformed:
        return None
