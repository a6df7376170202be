"""The seven families of expected errors, and the errors that several rooms raise; others are defined where they are
raised.

The family tells the caller what to do; each error class states one fact and carries its values as fields. A code names
its class and is stable (docs/errors.md); the HTTP API, ledger results and the command line show it. Code and values
select the message in another language. A wrong call order or type is a bug (`RuntimeError`, `TypeError`).
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
    """The bytes or the input are invalid; sending them again cannot help."""

    code = "malformed"


class NotProven(VeriwattError):
    """Well-formed evidence that does not prove its claim."""

    code = "not-proven"


class Refused(VeriwattError):
    """The rules or the present state forbid the request."""

    code = "refused"


class NotFound(VeriwattError):
    """The named thing does not exist here."""

    code = "not-found"


class Unavailable(VeriwattError):
    """An external service or device does not answer now; the same call may succeed later."""

    code = "unavailable"


class Unsettled(VeriwattError):
    """It is unknown whether the operation took effect: query it by id before trying again."""

    code = "unsettled"


class Corrupted(VeriwattError):
    """Stored bytes have changed: stop and run `veriwatt fsck`."""

    code = "corrupted"


class FileLost(Corrupted):
    """A file that a home has from its making on is gone, or has nothing in it."""

    code = "file-lost"
    FROM = "the newest copy of the home (docs/operations/restore.md)"

    def __init__(self, path: str, *, empty: bool = False, put_back_from: str = FROM) -> None:
        gone = "empty" if empty else "missing"
        super().__init__(f"{path} is {gone}, and the home had it: put it back from {put_back_from}")
        self.path = path


class BadInput(Malformed):
    """A file or request from a person has an error at a named place.

    `where` is a file with its line, or a field; `value` is the invalid value; `remedy` says what to do.
    """

    code = "bad-input"

    def __init__(self, *, where: str, value: object, why: str, remedy: str = "") -> None:
        text = f"{where}: {why}" + ("" if value is None else f" (found {printed(value)})")
        super().__init__(text + (f"; {remedy}" if remedy else ""))
        self.where, self.value, self.why, self.remedy = where, value, why, remedy


class WrongFormat(Malformed):
    """A file, home or record in a format that this program does not read."""

    code = "wrong-format"

    def __init__(
        self, kind: str, found: object, expected: object, remedy: str = "use a release of veriwatt that reads it"
    ) -> None:
        super().__init__(f"{kind} is of format {found}, this program reads format {expected}; {remedy}")
        self.kind, self.found, self.expected, self.remedy = kind, str(found), str(expected), remedy


class NotCanonical(Malformed):
    """Bytes that decode, but are not the canonical encoding of their value."""

    code = "not-canonical"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not in its one canonical spelling")
        self.what = what


class RootMismatch(NotProven):
    """A proof computes a root that differs from the committed one."""

    code = "root-mismatch"

    def __init__(self, *, committed: bytes, computed: bytes) -> None:
        super().__init__(f"committed root {committed.hex()}, proof leads to {computed.hex()}")
        self.committed, self.computed = committed, computed


class BadSignature(NotProven):
    """A signature that does not verify under its key over these bytes."""

    code = "bad-signature"

    def __init__(self, what: str) -> None:
        super().__init__(f"the signature of {what} does not verify under the registered key")
        self.what = what


class NotOpenable(NotProven):
    """Sealed bytes that do not open under the given key."""

    code = "not-openable"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} does not open under this key")
        self.what = what


def printed(value: object) -> str:
    """The value for use in a message: at most 80 characters of its `repr`."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
