"""Bare Ed25519 verification on two cores at once: what a second core is worth on this machine, at this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from veriwatt.crypto.bare_libsodium import Signed, verify_all

_kept: list[Signed] = []
"""What the other process verifies. It has it from its start, so that nothing but the verification takes time."""


@contextmanager
def verifying_on_two_cores(signed: Sequence[Signed]) -> Iterator[Callable[[], None]]:
    """A function that verifies all of `signed`, half of it in a process that runs while the block does."""
    here, there = signed[::2], signed[1::2]
    with ProcessPoolExecutor(1, get_context("spawn"), _keep, (there,)) as other:

        def verify() -> None:
            done = other.submit(_verify_kept)
            verify_all(here)
            done.result()

        verify()  # the process is there now
        yield verify


def _keep(signed: Sequence[Signed]) -> None:
    _kept.extend(signed)


def _verify_kept() -> None:
    verify_all(_kept)
