"""The seven families of expected errors, and the leaves that several rooms raise; others stand where they are raised.

A family says what the caller can do; a leaf says the fact and carries its values as fields. A code is the name of its
class, is stable (docs/errors.md), and is what the HTTP API, ledger results and the command line show; code and values
together select the message in another language. A wrong call order or type is a bug (`RuntimeError`, `TypeError`).
"""

from __future__ import annotations


class VeriwattError(Exception):
    """Base of every expected error."""

    code = "error"

    @property
    def values(self) -> dict[str, str | int]:
        """The fields by name: numbers, text, and bytes in hexadecimal; fields of other types are left out."""
        return {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in vars(self).items()
            if isinstance(value, (str, int, bytes))
        }


class Malformed(VeriwattError):
    """The bytes or the input are broken; sending them again cannot help."""

    code = "malformed"


class NotProven(VeriwattError):
    """Well-formed evidence that does not prove its claim."""

    code = "not-proven"


class Refused(VeriwattError):
    """The rules, or the present state, say no."""

    code = "refused"


class NotFound(VeriwattError):
    """What was named does not exist here."""

    code = "not-found"


class Unavailable(VeriwattError):
    """Something outside does not answer now; the same call may succeed later."""

    code = "unavailable"


class Unsettled(VeriwattError):
    """It is not known whether it happened: ask by id before trying again."""

    code = "unsettled"


class Corrupted(VeriwattError):
    """Stored bytes are not what was stored: stop and run `veriwatt fsck`."""

    code = "corrupted"


class BadInput(Malformed):
    """A file or request from a person is wrong at a place that can be named.

    `where` is a file with its line, or a field; `value` is what stood there; `remedy` says what to do.
    """

    code = "bad-input"

    def __init__(self, *, where: str, value: object, why: str, remedy: str = "") -> None:
        text = f"{where}: {why}" + ("" if value is None else f" (found {printed(value)})")
        super().__init__(text + (f"; {remedy}" if remedy else ""))
        self.where, self.value, self.why, self.remedy = where, value, why, remedy


class WrongFormat(Malformed):
    """Something written in another format than the one this program reads: a file, a home, a record."""

    code = "wrong-format"

    def __init__(
        self, kind: str, found: object, expected: object, remedy: str = "use a release of veriwatt that reads it"
    ) -> None:
        super().__init__(f"{kind} is of format {found}, this program reads format {expected}; {remedy}")
        self.kind, self.found, self.expected, self.remedy = kind, str(found), str(expected), remedy


class NotCanonical(Malformed):
    """Bytes that decode, but are not the one spelling of their value."""

    code = "not-canonical"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not in its one canonical spelling")
        self.what = what


class RootMismatch(NotProven):
    """A proof leads to another root than the one committed."""

    code = "root-mismatch"

    def __init__(self, *, committed: bytes, computed: bytes) -> None:
        super().__init__(f"committed root {committed.hex()}, proof leads to {computed.hex()}")
        self.committed, self.computed = committed, computed


class BadSignature(NotProven):
    """A signature that its key did not make over these bytes."""

    code = "bad-signature"

    def __init__(self, what: str) -> None:
        super().__init__(f"the signature of {what} does not verify under the registered key")
        self.what = what


class NotOpenable(NotProven):
    """Sealed bytes that do not open under the key at hand."""

    code = "not-openable"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} does not open under this key")
        self.what = what


def printed(value: object) -> str:
    """The value as a message holds it: at most 80 characters of its Python form."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
