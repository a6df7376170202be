"""The key agent of a home: window keys from the masters in its key store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

from veriwatt.crypto.key_tree import Cover, cover
from veriwatt.model.keys.key_store_errors import SecretNotFound
from veriwatt.ports.key_agent import GroupKeyMissing, Opening, Purpose

SPAN = 256
"""The windows of a cached subtree: consecutive frames are close in time, so most keys are a few steps below it."""

OPENINGS_LOG = "veriwatt.openings"


class LocalKeyAgent:
    """A `KeyAgent` over master keys; `secret` returns one by name, or raises SecretNotFound.

    Openings of neighbouring windows for one purpose are merged into one record.
    """

    def __init__(self, secret: Callable[[str], bytes], record: Callable[[Opening], None]) -> None:
        self._secret, self._record = secret, record
        self._covers: dict[tuple[str, str], Cover] = {}
        self._key = lru_cache(SPAN)(self._derived)
        self._noted: dict[tuple[str, str, Purpose], Opening] = {}
        self._lock = Lock()

    def window_key(self, org: str, group: str, number: int, purpose: Purpose) -> bytes:
        key = self._key(org, group, number)
        if purpose is not Purpose.SEAL:
            self._note(org, group, number, purpose)
        return key

    def cover(self, org: str, group: str, first: int, end: int, receiver: str) -> Cover:
        made = cover(self._master(org, group), first, end)
        self._record(Opening(org, group, first, end, Purpose.HANDOVER, receiver))
        return made

    def record_openings(self) -> None:
        with self._lock:
            noted, self._noted = self._noted, {}
        for opening in noted.values():
            self._record(opening)

    def _note(self, org: str, group: str, number: int, purpose: Purpose) -> None:
        with self._lock:
            run = self._noted.get((org, group, purpose))
            if run is not None and run.first <= number < run.end:
                return
            if run is not None and number != run.end:
                self._record(run)
                run = None
            first = number if run is None else run.first
            self._noted[org, group, purpose] = Opening(org, group, first, number + 1, purpose)

    def _derived(self, org: str, group: str, number: int) -> bytes:
        subtree = self._covers.get((org, group))
        if subtree is None or not subtree.first <= number < subtree.end:
            first = number - number % SPAN
            subtree = self._covers[org, group] = cover(self._master(org, group), first, first + SPAN)
        return subtree.key(number)

    def _master(self, org: str, group: str) -> bytes:
        try:
            return self._secret(f"master/{org}/{group}")
        except SecretNotFound as error:
            raise GroupKeyMissing(org, group) from error


def log_opening(opening: Opening) -> None:
    """Record an opening in the log of this process, at level INFO, without any key."""
    receiver = f", to {opening.receiver}" if opening.receiver else ""
    logging.getLogger(OPENINGS_LOG).info(
        "keys of %s/%s, windows %d to %d, given for %s%s",
        opening.org,
        opening.group,
        opening.first,
        opening.end - 1,
        opening.purpose.value,
        receiver,
    )
