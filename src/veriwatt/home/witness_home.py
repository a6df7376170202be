"""A witness on disk: its key, and all that it remembers of one ledger.

format            the format of the home; docs/spec/home.md
witness.keystore  the signing key
state             [2, name, trust file, root log head | null, seconds]: replaced before a cosignature is given out
forks/            proofs of forks, each named by its hash
witness.lock      one process at a time

Spec: docs/spec/witness.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.home.home_format import WITNESS, check_home_format, write_home_format
from veriwatt.home.key_store_file import new_lock, open_key_store, saver
from veriwatt.model.evidence.trust_file import MAX_TRUST_FILE, Trust, parse_trust, render
from veriwatt.model.keys.key_store import SIGNING, KeyStore
from veriwatt.model.ledger.cosignature import Cosignature, WitnessKey, check_witness_name, write_note
from veriwatt.model.ledger.root_log import MAX_ROOT_LOG_HEAD, RootLogHeadProof
from veriwatt.model.ledger.witness_request import WitnessRequest
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.system.exclusive_lock import exclusive_lock
from veriwatt.system.files import DiskFiles, Files, check_vacant, new_folder, save
from veriwatt.system.held_files import HeldFiles, HeldLock
from veriwatt.system.resource_stack import ResourceStack
from veriwatt.verify.witness import ForkProven, WitnessState, cosign_request, fork_proof

KEY = "witness"
"""The name of the key in the store, and of the store's owner."""

SECRET_LENGTH = 32
_REMEDY = "make a new witness, with a new key: one put back from a copy could sign a second history"


class WitnessStateLost(Corrupted):
    """The witness does not know any more what it cosigned."""

    code = "witness-state-lost"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}; {_REMEDY}")
        self.path, self.why = path, why


@dataclass(frozen=True, slots=True)
class WitnessPaths:
    """The files of a witness's home."""

    root: Path

    @property
    def keystore(self) -> Path:
        return self.root / "witness.keystore"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def forks(self) -> Path:
        return self.root / "forks"

    @property
    def lock(self) -> Path:
        return self.root / "witness.lock"


class WitnessStore:
    """The state of a witness in a file, and its key. One process has it at a time."""

    def __init__(self, files: Files, paths: WitnessPaths, signer: Signer) -> None:
        """Raises WitnessStateLost when the file is missing or damaged."""
        self._files, self._paths, self._signer = files, paths, signer
        name, self.state = _read_state(files, paths.state)
        self.witness = WitnessKey(name, signer.public)

    def cosign(self, raw: bytes, now: int) -> str:
        """The note with the cosignature for the request in `raw`; what it says is durable on return.

        Raises:
            ForkProven: the proof of it is in `forks/`, durable.
            Refused, NotProven, Malformed: as `cosign_request`; the state is as it was.
            Unavailable: the state could not be stored; nothing is given out.
        """
        made = self.cosign_parsed(WitnessRequest.from_bytes(raw), now)
        checkpoint = self.state.cosigned
        if checkpoint is None:
            raise RuntimeError("a witness cosigned and remembers nothing")
        return write_note(checkpoint.root_log, [made.line(self.witness)])

    def cosign_parsed(self, request: WitnessRequest, now: int) -> Cosignature:
        """The cosignature alone; as `cosign`."""
        try:
            after, made = cosign_request(self.state, request, self.witness, self._signer, now)
        except ForkProven:
            proof = fork_proof(self.state, request).to_bytes()
            save(self._files, self._paths.forks / f"{sha256(proof).hex()[:16]}.fork", proof)
            raise
        save(self._files, self._paths.state, _state_bytes(self.witness.name, after))
        self.state = after
        return made

    def forks(self) -> list[str]:
        """The names of the proofs of forks."""
        return self._files.names(self._paths.forks)


class WitnessHome(ResourceStack):
    """A witness's home, which this process locks until `close`."""

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        """Lock the home at `root` and open its key.

        Raises:
            NotFound: there is no witness.
            BadInput, WrongFormat: it is another kind of home, or another release made it.
            HomeLocked: another process has locked it.
            WitnessStateLost: its state is missing or damaged.
        """
        super().__init__()
        self.clock: Clock = clock or SystemClock()
        self.paths = WitnessPaths(root)
        check_home_format(root, WITNESS)
        if not (root / "format").is_file():
            raise NotFound(f"{root} is not a witness; `veriwatt witness init` makes one")
        lock = self._stack.enter_context(exclusive_lock(self.paths.lock))
        keys, _ = open_key_store(self.paths.keystore, _REMEDY)
        self.store = WitnessStore(HeldFiles(HeldLock(self.paths.lock, lock)), self.paths, keys.signer(KEY))

    def cosign(self, raw: bytes) -> str:
        """As `WitnessStore.cosign`, at this clock's time; raises HomeReplaced too."""
        return self.store.cosign(raw, self.clock.now())


def make_witness(root: Path, name: str, trust: Trust, *, unprotected: bool = False) -> WitnessKey:
    """Make a witness at `root` with a fresh key: complete and durable on return, or not made at all.

    Raises:
        BadInput: the name is none of a witness.
        Refused: `root` is not empty, or there is no passphrase and `unprotected` is not set.
    """
    check_witness_name(name)
    check_vacant(root)
    lock, files = new_lock(unprotected=unprotected), DiskFiles()
    store = KeyStore(KEY, (), lock.kind).with_secret(KEY, SIGNING, os.urandom(SECRET_LENGTH))
    with new_folder(root) as building:
        paths = WitnessPaths(building)
        write_home_format(files, building, WITNESS)
        saver(paths.keystore, lock)(store)
        save(files, paths.state, _state_bytes(name, WitnessState(trust)))
    return WitnessKey(name, store.signer(KEY).public)


def _state_bytes(name: str, state: WitnessState) -> bytes:
    head = None if state.head is None else state.head.to_bytes()
    return encode([FORMAT, name, render(state.trust), head, state.seconds])


def _read_state(files: Files, path: Path) -> tuple[str, WitnessState]:
    try:
        f = Fields.versioned(decode(files.read(path), "state of a witness"), "state of a witness", 5)
        name, trust = check_witness_name(f.text("name")), parse_trust(f.bytes("trust file", MAX_TRUST_FILE), str(path))
        return name, WitnessState(trust, f.optional(_head), f.uint("seconds"))
    except NotFound as error:
        raise WitnessStateLost(str(path), "is missing") from error
    except Malformed as error:
        raise WitnessStateLost(str(path), f"is damaged: {error}") from error


def _head(value: object) -> RootLogHeadProof:
    if type(value) is not bytes or len(value) > MAX_ROOT_LOG_HEAD:
        raise Malformed("root log head: not a byte string of its length")
    return RootLogHeadProof.from_bytes(value)
