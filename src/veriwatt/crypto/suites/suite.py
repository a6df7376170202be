"""What a signature suite provides; a new one is a file beside this and a line in `registry`."""

from __future__ import annotations

from typing import Protocol


class Suite(Protocol):
    """One signature algorithm with one rule of verification, for keys that are registered under its number.

    One instance a suite, equal to itself alone; stateless, and callable from any thread. All nodes and verifiers must
    come to the same answer for the same bytes.
    """

    @property
    def number(self) -> int:
        """1 .. 255; it stands in records and in key ids, and never changes."""

    @property
    def name(self) -> str:
        """The algorithm's own name, for people."""

    @property
    def cose_algorithm(self) -> int:
        """The COSE algorithm number that stands in protected headers (RFC 9053)."""

    @property
    def note_type(self) -> bytes:
        """What C2SP signed notes put before the key when they hash it: 0x01 for Ed25519, 0xff and a name for others."""

    def __hash__(self) -> int: ...

    def check_key(self, raw: bytes) -> None:
        """Raise Malformed unless `raw` is a public key of this suite that is fit to be registered."""

    def verify(self, key: bytes, message: bytes, signature: bytes, what: str) -> None:
        """Raise BadSignature, naming `what`, unless the owner of `key` signed `message`.

        Args:
            key: passed `check_key` when it was registered; it is not checked again.
            signature: of any length.
        """
