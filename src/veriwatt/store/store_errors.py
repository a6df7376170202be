"""How a store that is not this machine's disk fails: for now, or until a person does something."""

from __future__ import annotations

from veriwatt.errors import NotFound, Unavailable


class ObjectNotFound(NotFound):
    """A store does not have the object."""

    code = "object-not-found"

    def __init__(self, *, name: str, store: str) -> None:
        super().__init__(f"object {name} is not in {store}")
        self.name, self.store = name, store


class StoreFails(Unavailable):
    """A store that gave no answer, or one that is none; the same call may succeed later.

    `what` is what was asked of it: put, get, has, list, delete.
    """

    code = "store-fails"

    def __init__(self, *, store: str, what: str, why: str) -> None:
        super().__init__(f"{store}: {what} failed: {why}; try again")
        self.store, self.what, self.why = store, what, why


class StoreRefuses(Unavailable):
    """A store that refuses this node until a person mends credentials, bucket or program."""

    code = "store-refuses"

    def __init__(self, *, store: str, what: str, why: str, remedy: str) -> None:
        super().__init__(f"{store}: {what} is refused: {why}; {remedy}")
        self.store, self.what, self.why, self.remedy = store, what, why, remedy
