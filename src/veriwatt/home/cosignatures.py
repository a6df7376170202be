"""The newest cosignature of each witness, in a node's home.

    cosigned/HASH = [2, witness key, note]        HASH: the first 16 digits of the SHA-256 of the witness's name

A cosignature is stored only if it verifies and is of this ledger's own root log. Spec: docs/spec/witness.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import BadInput, Corrupted, Malformed, Refused
from veriwatt.model.ledger.cosignature import (
    Cosignature,
    RootCheckpoint,
    WitnessKey,
    cosignature_in,
    parse_note,
    write_note,
)
from veriwatt.system.files import Files, save

MAX_NOTE = 16 << 10


class OtherHistory(Refused):
    """A witness cosigned another root log of this ledger than the ledger here has."""

    code = "other-history"

    def __init__(self, *, witness: str, cosigned: str, here: str) -> None:
        super().__init__(
            f"the witness {witness} cosigned {cosigned}; the ledger here has {here}: one of the two is not this ledger"
        )
        self.witness, self.cosigned, self.here = witness, cosigned, here


class CosignaturesDamaged(Corrupted):
    """A stored cosignature is not as it was stored."""

    code = "cosignatures-damaged"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is damaged; delete it, and take the witness's answer in again")
        self.path = path


@dataclass(frozen=True, slots=True)
class StoredCosignature:
    """A verified cosignature of this ledger's root log."""

    witness: WitnessKey
    checkpoint: RootCheckpoint
    cosignature: Cosignature


class Cosignatures:
    """The stored cosignatures, one for each witness."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder

    def all(self) -> list[StoredCosignature]:
        """Every stored one, in the order of the names; raises CosignaturesDamaged."""
        names = [name for name in self._files.names(self._folder) if not name.startswith(".")]
        return sorted((self._load(self._folder / name) for name in names), key=lambda each: each.witness.name)

    def by_size(self) -> Mapping[int, list[Cosignature]]:
        """The stored cosignatures by the size of the root log."""
        return {size: [each.cosignature for each in found] for size, found in self._by_size()}

    def lines_by_size(self) -> Mapping[int, list[str]]:
        """The sizes that witnesses cosigned, each with their signature lines without line feeds."""
        return {size: [each.cosignature.line(each.witness)[:-1] for each in found] for size, found in self._by_size()}

    def take_in(self, note: str, given: WitnessKey | None, own: RootCheckpoint) -> StoredCosignature:
        """Store a witness's answer if it is newer than what is stored; durable on return. Returns the newest.

        Args:
            note: the answer.
            given: the key that whoever runs the witness told; None for a witness that is stored already.
            own: this ledger's own checkpoint at the size of the note.

        Raises:
            BadInput: no witness that is given or stored signed it.
            OtherHistory: it is of another root log.
            BadSignature: the signature does not verify.
            Malformed: it is not such a note.
        """
        checkpoint, lines = parse_note(note)
        stored = self.all()
        known = [given] if given is not None else [each.witness for each in stored]
        witness, cosignature = _signed_by(lines, known)
        cosignature.verify(checkpoint, witness)
        if checkpoint != own:
            raise OtherHistory(witness=witness.name, cosigned=str(checkpoint), here=str(own))
        found = StoredCosignature(witness, checkpoint, cosignature)
        newest = max([found, *(each for each in stored if each.witness == witness)], key=_age)
        if newest is found:
            text = write_note(checkpoint, [cosignature.line(witness)])
            name = sha256(witness.name.encode()).hex()[:16]
            save(self._files, self._folder / name, encode([FORMAT, str(witness), text]))
        return newest

    def _by_size(self) -> Iterator[tuple[int, list[StoredCosignature]]]:
        stored = self.all()
        for size in sorted({each.checkpoint.size for each in stored}):
            yield size, [each for each in stored if each.checkpoint.size == size]

    def _load(self, path: Path) -> StoredCosignature:
        try:
            f = Fields.versioned(decode(self._files.read(path), "cosignature"), "cosignature", 3)
            witness = WitnessKey.parse(f.text("witness key"))
            checkpoint, lines = parse_note(f.text("note", MAX_NOTE))
            cosignature = cosignature_in(lines, witness)
        except Malformed as error:
            raise CosignaturesDamaged(str(path)) from error
        if cosignature is None:
            raise CosignaturesDamaged(str(path))
        return StoredCosignature(witness, checkpoint, cosignature)


def _signed_by(lines: list[str], known: Sequence[WitnessKey]) -> tuple[WitnessKey, Cosignature]:
    for witness in known:
        if (found := cosignature_in(lines, witness)) is not None:
            return witness, found
    names = ", ".join(each.name for each in known) or "none"
    raise BadInput(
        where="the answer of a witness",
        value=lines[0][:80],
        why=f"it is signed by none of the known witnesses ({names})",
        remedy="name the witness's key with --key, as whoever runs it told you",
    )


def _age(each: StoredCosignature) -> tuple[int, int]:
    return each.checkpoint.size, each.cosignature.seconds
