"""The request of C2SP tlog-witness, `add-checkpoint`, with the proof that a block made the checkpoint final.

    old SIZE
    a hash of the consistency path, base64                 each on its line, at most 63
                                                           an empty line
    the note of the checkpoint, with the ledger's line:    — CHAIN base64(key hash ‖ ledger proof)

    ledger proof = [2, root log head, old root | null, [leaf, hashes] | null]

Spec: docs/spec/witness.md; format: c2sp.org/tlog-witness.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.chain.signed_note import (
    note_key_hash,
    parse_base64,
    parse_number,
    parse_signature_line,
    signature_line,
)
from veriwatt.model.ledger.cosignature import RootCheckpoint, parse_note, write_note
from veriwatt.model.ledger.root_log import MAX_ROOT_LOG_HEAD, RootLogHeadProof
from veriwatt.model.ledger.witness_request import Growth, NextLeaf, WitnessRequest

MAX_BODY = 256 << 10
"""Bytes of a request: a light block of a thousand validators, in base64."""

SIZE_TYPE = "text/x.tlog.size"
"""The media type of the answer that states the size which a witness cosigned last."""

_MAX_HASHES = 63
_TYPE = b"\xff" + b"veriwatt root log head 2"
_WHAT = "add-checkpoint"


class NoLedgerProof(NotProven):
    """The note of a checkpoint has no line that proves it to be the ledger's."""

    code = "no-ledger-proof"

    def __init__(self, chain: str) -> None:
        super().__init__(f"the note has no line of ledger {chain} with the proof that a block made it final")
        self.chain = chain


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A parsed request: growth from `old` leaves by `path` to a checkpoint with `lines`; nothing is verified."""

    old: int
    path: tuple[Digest, ...]
    checkpoint: RootCheckpoint
    lines: tuple[str, ...]

    @classmethod
    def of(cls, request: WitnessRequest, checkpoint: RootCheckpoint, genesis_hash: Digest) -> AddCheckpoint:
        """What asks for the same as a request with one growth at most."""
        growth = request.growths[0] if request.growths else None
        root = None if growth is None else growth.root
        leaf = None if growth is None or growth.next is None else growth.next.fields()
        proof = encode([FORMAT, request.head.to_bytes(), root, leaf])
        line = signature_line(checkpoint.chain, _key_hash(checkpoint.chain, genesis_hash), proof)
        old, path = (0, ()) if growth is None else (growth.size, growth.path)
        return cls(old, path, checkpoint, (line[:-1],))

    def to_bytes(self) -> bytes:
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.path)
        note = write_note(self.checkpoint, [f"{line}\n" for line in self.lines])
        return f"old {self.old}\n{hashes}\n{note}".encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> AddCheckpoint:
        """Parse a request; raises Malformed."""
        if len(raw) > MAX_BODY:
            raise Malformed(f"{_WHAT}: a request has at most {MAX_BODY} bytes")
        try:
            head, separator, note = raw.decode().partition("\n\n")
        except UnicodeDecodeError as error:
            raise Malformed(f"{_WHAT}: not a text") from error
        first, *hashes = head.split("\n")
        if not separator or len(hashes) > _MAX_HASHES:
            raise Malformed(f"{_WHAT}: not an old size, at most {_MAX_HASHES} hashes and a note")
        path = tuple(Digest(parse_base64(line, _WHAT)) for line in hashes)
        old = parse_number(first, _WHAT, "old ")
        checkpoint, lines = parse_note(note)
        if old > MAX_SIZE or old > checkpoint.size or f"old {old}" != first:
            raise Malformed(f"{_WHAT}: {first[:80]!r} is no old size of a checkpoint of {checkpoint.size}")
        return cls(old, path, checkpoint, tuple(lines))

    def request(self, genesis_hash: Digest) -> WitnessRequest:
        """The request of the ledger with this genesis, by the ledger's own line.

        Raises:
            NoLedgerProof: there is no such line, or its proof does not parse.
        """
        chain = self.checkpoint.chain
        try:
            proof = self._proof(_key_hash(chain, genesis_hash))
            if proof is None:
                raise NoLedgerProof(chain)
            f = Fields.versioned(decode(proof, "ledger proof"), "ledger proof", 4)
            head = RootLogHeadProof.from_bytes(f.bytes("root log head", MAX_ROOT_LOG_HEAD))
            root, leaf = f.optional(_digest), f.optional(NextLeaf.parse)
        except Malformed as error:
            raise NoLedgerProof(chain) from error
        if root is None:
            return WitnessRequest((), head)
        return WitnessRequest((Growth(self.old, root, self.path, leaf, ()),), head)

    def _proof(self, key_hash: bytes) -> bytes | None:
        for line in self.lines:
            name, found, signed = parse_signature_line(line, _WHAT)
            if (name, found) == (self.checkpoint.chain, key_hash):
                return signed
        return None


def _key_hash(chain: str, genesis_hash: Digest) -> bytes:
    return note_key_hash(chain, _TYPE + genesis_hash)


def _digest(value: object) -> Digest:
    if type(value) is not bytes:
        raise Malformed("ledger proof: the old root is no hash")
    return Digest(value)
