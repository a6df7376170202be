"""The interface of a signature suite; a new suite is a file beside this one and a line in `registry`."""

from __future__ import annotations

from typing import Protocol


class Suite(Protocol):
    """One signature algorithm with one verification rule, for keys registered under its number.

    A suite has one instance, which is stateless and callable from any thread. All nodes and verifiers must return the
    same result for the same bytes.
    """

    @property
    def number(self) -> int:
        """1 .. 255; it is part of records and key ids, and never changes."""

    @property
    def name(self) -> str:
        """The algorithm's name, for people."""

    @property
    def cose_algorithm(self) -> int:
        """The COSE algorithm number in protected headers (RFC 9053)."""

    @property
    def note_type(self) -> bytes:
        """The prefix of the key when C2SP signed notes hash it: 0x01 for Ed25519, 0xff and a name for others."""

    def __hash__(self) -> int: ...

    def check_key(self, raw: bytes) -> None:
        """Raise Malformed unless `raw` is a valid public key of this suite."""

    def verify(self, key: bytes, message: bytes, signature: bytes, what: str) -> None:
        """Raise BadSignature, naming `what`, unless the owner of `key` signed `message`.

        Args:
            key: passed `check_key` at registration; it is not checked again.
            signature: of any length.
        """
