"""A validator that was copied or put back from a backup does not start: its signing state may be an older one.

CometBFT keeps what a validator signed last in a file, and with an older one the validator votes again where it has
voted. So the node keeps a note beside it, of two things. *What was signed* by then: the state is never older. And *its
own birth*, which file on this disk the note is and when it was made: each note is a new file, so none that comes back
from a copy, over the newest or in its place, is what it says. Writing, renaming and `chmod` change no birth.

Where the file system tells no birth, the note has the key's number and last change instead, as of the first start.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from veriwatt.errors import Corrupted, Malformed, NotFound, VeriwattError
from veriwatt.ledger.comet.comet_home import PLACE, SIGNING_STATE, VALIDATOR_KEY, Signed, signed_last
from veriwatt.system.file_birth import born
from veriwatt.system.files import DiskFiles, fresh_beside, put_in_place

_NOTE = re.compile(rb"(born|key) (\d+) (\d+)\nsigned (\d+) (\d+) (\d+)\n")


class ValidatorCopied(Corrupted):
    """Nothing says that what this validator signed last is known here: the home is a copy, or a file of it is."""

    code = "validator-copied"

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"{why}: {folder} or a file in it was copied or comes from a backup, and the validator might sign twice; "
            "docs/operations/network.md says what to do"
        )
        self.folder, self.why = folder, why


class _Place(NamedTuple):
    """Which file on this disk it is that names the place: the note itself, `born`, or the `key`; and its time."""

    named_by: str
    number: int
    time: int


class SigningPlace:
    """The note of the validator whose CometBFT has its home in `folder`. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, DiskFiles()
        self._noted: Signed | None = None

    def check(self) -> None:
        """Hold the home to its note and write the next one, durably; a home without a note is at its first start.

        Raises:
            ValidatorCopied: it is a copy, or its signing state is older than what was signed here.
        """
        self._noted = None
        state, before = self._state(), self._read()
        if before is not None and state < before:
            raise ValidatorCopied(
                self._folder, f"{self._folder / SIGNING_STATE} says that {state} was signed last, and it was {before}"
            )
        self._write(state)

    def note(self) -> None:
        """Note what was signed since the last note; only after a check that raised nothing. A failure is passed over.

        The older note stays then, and holds the state to less.
        """
        if self._noted is not None:
            with suppress(VeriwattError):
                state = self._state()
                if state > self._noted:
                    self._write(state)

    def _read(self) -> Signed | None:
        """What the note says was signed; None without a note. Raises ValidatorCopied if it is not the one made here."""
        path = self._folder / PLACE
        try:
            found = _NOTE.fullmatch(self._files.read(path))
        except NotFound:
            return None
        if found is None:
            raise ValidatorCopied(self._folder, f"{path} is not a note of this node")
        noted = _Place(found[1].decode(), int(found[2]), int(found[3]))
        if noted != self._place(path):
            raise ValidatorCopied(self._folder, f"{path} is not the file that was written here last")
        return Signed(int(found[4]), int(found[5]), int(found[6]))

    def _write(self, state: Signed) -> None:
        path = self._folder / PLACE
        fresh = fresh_beside(path)
        self._files.unlink(fresh)
        self._files.append(fresh, b"")
        place = self._place(fresh)
        self._files.append(fresh, f"{' '.join(map(str, place))}\nsigned {' '.join(map(str, state))}\n".encode())
        put_in_place(self._files, fresh, path)
        self._noted = state

    def _place(self, note: Path) -> _Place:
        if (birth := born(note)) is not None:
            return _Place("born", *birth)
        status = (self._folder / VALIDATOR_KEY).stat()
        return _Place("key", status.st_ino, status.st_ctime_ns)

    def _state(self) -> Signed:
        try:
            self._files.read(self._folder / VALIDATOR_KEY)
            return signed_last(self._folder)
        except (NotFound, Malformed) as error:
            raise ValidatorCopied(self._folder, f"key and signing state cannot be read ({error})") from error
