"""Every error the product expects, as one tree of seven families.

A family says what the caller can do; a leaf says the fact and carries its values as fields.
The English text is built once, here; codes are stable and are what the HTTP API, the ledger results
and the command line map outward; code and values together are what another language words. Wrong
call order or a wrong type is a bug (`RuntimeError`, `TypeError`) and is not in this tree.
"""

from __future__ import annotations


class VeriwattError(Exception):
    """Base of everything we expect to go wrong."""

    code = "error"

    @property
    def values(self) -> dict[str, str | int]:
        """The fields that are numbers, text or bytes (in hexadecimal), by name; what is none of them is left out."""
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
    """We cannot know whether it happened: ask by id before trying again."""

    code = "unsettled"


class Corrupted(VeriwattError):
    """Stored bytes are not what was stored: stop and run `veriwatt fsck`."""

    code = "corrupted"


class BadInput(Malformed):
    """A file or request from a person is wrong at a place we can name.

    `where` is a file with its line, or a field; `value` is what stood there; `remedy` says what to do.
    """

    code = "bad-input"

    def __init__(self, *, where: str, value: object, why: str, remedy: str = "") -> None:
        text = f"{where}: {why}" + ("" if value is None else f" (found {_shown(value)})")
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


class MeterSilent(Unavailable):
    """A meter that gave no answer, or none that makes sense, in the time it had."""

    code = "meter-silent"

    def __init__(self, *, meter: str, why: str) -> None:
        super().__init__(f"meter {meter} does not answer: {why}")
        self.meter, self.why = meter, why


class SpoolFull(Unavailable):
    """The disk under a terminal's spool has no room; what was spooled before is still there."""

    code = "spool-full"

    def __init__(self, path: str) -> None:
        super().__init__(f"no room to write {path}; nothing spooled is lost: free disk space, then repeat the call")
        self.path = path


class SpoolMoved(Refused):
    """The spool is no longer what the caller read: another writer came in between."""

    code = "spool-moved"

    def __init__(self, why: str) -> None:
        super().__init__(f"the spool moved on: {why}; read it again")
        self.why = why


class SpoolDamaged(Corrupted):
    """The spool's file is not the database that was written."""

    code = "spool-damaged"

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path} is damaged ({why}); stop the terminal, keep the file, and resume with a new epoch")
        self.path, self.why = path, why


class WrongBlock(NotProven):
    """A block that is not the one its commit, its predecessor or its reader speaks of."""

    code = "wrong-block"

    def __init__(self, *, what: str, expected: object, found: object) -> None:
        super().__init__(f"block: {what} is {_plain(found)}, expected {_plain(expected)}")
        self.what, self.expected, self.found = what, expected, found


class NotEnoughPower(NotProven):
    """Fewer than more than two thirds of a block's own validators, by power, signed it."""

    code = "not-enough-power"

    def __init__(self, *, height: int, signed: int, total: int) -> None:
        super().__init__(
            f"block {height} is signed by {signed} of {total} voting power; more than two thirds are needed"
        )
        self.height, self.signed, self.total = height, signed, total


class NotEnoughTrust(NotProven):
    """Too few of the validators already trusted signed a later block; one in between may lead there."""

    code = "not-enough-trust"

    def __init__(self, *, height: int, signed: int, total: int) -> None:
        super().__init__(
            f"block {height} is signed by {signed} of {total} of the trusted voting power; more than a third is needed"
        )
        self.height, self.signed, self.total = height, signed, total


class TrustExpired(NotProven):
    """The block that was trusted is too old to lead to a new one: refresh the trust file."""

    code = "trust-expired"

    def __init__(self, *, height: int, until: int, now: int) -> None:
        super().__init__(f"trust in block {height} ended at {until} ms, and it is {now} ms; refresh the trust file")
        self.height, self.until, self.now = height, until, now


class StateClaimMismatch(NotProven):
    """A state proof that shows a key present or absent where the claim says the opposite."""

    code = "state-claim-mismatch"

    def __init__(self, key: bytes, *, present: bool) -> None:
        shown = "present" if present else "absent"
        super().__init__(f"the proof shows state key {_shown(key)} {shown}, against the claim")
        self.key, self.present = key, present


class OutsideCover(Refused):
    """Key windows that the keys at hand do not open."""

    code = "outside-cover"

    def __init__(self, *, first: int, end: int, covered: tuple[int, int]) -> None:
        opened = f"[{covered[0]}, {covered[1]})"
        super().__init__(f"key windows [{first}, {end}) are not inside {opened}, which these keys open")
        self.first, self.end, self.covered = first, end, covered


class BadShares(Refused):
    """Key shares that do not restore the key they were made of."""

    code = "bad-shares"

    def __init__(self, why: str) -> None:
        super().__init__(f"the shares do not restore the key: {why}")
        self.why = why


class KeyStoreLocked(Refused):
    """A sealed key store, and nothing at hand to open it with."""

    code = "key-store-locked"

    def __init__(self, *, owner: str, lock: str) -> None:
        remedy = "set VERIWATT_PASSPHRASE_FILE, a systemd credential or the OS keyring"
        missing = f"none was given; {remedy}" if lock == "passphrase" else "none was given"
        super().__init__(f"the key store of {owner} is sealed under a {lock}, and {missing}")
        self.owner, self.lock = owner, lock


class SecretNotFound(NotFound):
    """A key store that holds no secret of this name."""

    code = "secret-not-found"

    def __init__(self, *, owner: str, name: str, purpose: str = "") -> None:
        super().__init__(f"the key store of {owner} holds no {purpose}{' ' if purpose else ''}secret {_shown(name)}")
        self.owner, self.name, self.purpose = owner, name, purpose


class SecretExists(Refused):
    """A second secret under a name that a key store already uses."""

    code = "secret-exists"

    def __init__(self, *, owner: str, name: str) -> None:
        held = f"holds another secret {_shown(name)} already"
        super().__init__(f"the key store of {owner} {held}; it is never overwritten")
        self.owner, self.name = owner, name


class UnreadableFile(BadInput):
    """A file of readings that as a whole cannot be read: damaged, of another encoding, without a column it needs."""

    code = "unreadable-file"

    def __init__(
        self, *, file: str, line: int = 0, field: str = "", value: str | None = None, why: str, remedy: str
    ) -> None:
        super().__init__(where=f"{file}:{line}" if line else file, value=value, why=why, remedy=remedy)
        self.file, self.line, self.field = file, line, field


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
