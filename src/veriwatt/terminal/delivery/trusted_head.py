"""The trusted head: the newest root-log leaf of the ledger that was proven to this terminal, across restarts.

Trust begins with the terminal's trust file. The block of each proven head is the checkpoint for the next one, so a
terminal that reaches its log host at least once per trust period never needs another trust file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from veriwatt.errors import Malformed, NotProven
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.state_keys import number_key
from veriwatt.model.ledger.succession import Succession
from veriwatt.model.terminals.handover import HandedVersion
from veriwatt.model.terminals.number_proof import NumberProof
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.units import UtcMillis
from veriwatt.verify.anchored import AnchoredChain, verify_anchored
from veriwatt.verify.frame_refusals import WrongLedger
from veriwatt.verify.group_version import verify_group_version
from veriwatt.verify.refusals import NotInState
from veriwatt.verify.root_log_head import NO_HEAD, ProvenRootLogHead, advance_trust, verify_newest_leaf, verify_root_log
from veriwatt.verify.succession import verify_succession
from veriwatt.verify.trusted_record import verify_trusted_record


class TrustedHead:
    """Updated from one thread, read from any."""

    def __init__(
        self,
        trust: Trust,
        saved: bytes | None,
        save: Callable[[bytes], None],
        save_trust: Callable[[Trust], None] = lambda _: None,
    ) -> None:
        """`saved` is the head that `save` stored last; it is trusted like the trust file beside it.

        `save_trust` puts another trust file in its place, when the ledger has moved.

        If it is damaged, the terminal starts from the trust file and asks the log host again.
        """
        self._trust, self._save, self._save_trust, self._newest = trust, save, save_trust, NO_HEAD
        with suppress(Malformed, NotProven):
            if saved is not None:
                proof = RootLogHeadProof.from_bytes(saved)
                self._newest = verify_newest_leaf(proof, trust.chain_id)
                self._trust = advance_trust(trust, proof)

    def newest(self) -> ProvenRootLogHead:
        """The newest proven head, for the next frame's header; `NO_HEAD` at first."""
        return self._newest

    def take(self, raw: bytes, now: UtcMillis) -> None:
        """Verify a root-log head and store it, if it or its header is newer than the trusted one; durable on return.

        Raises:
            WrongLedger: it is of another ledger.
            Malformed, NotProven: it does not verify; nothing is changed.
            Unavailable: it could not be saved; this process trusts it until it ends.
        """
        proof = RootLogHeadProof.from_bytes(raw)
        self._check_own_ledger(proof.light)
        proven = verify_root_log(proof, self._trust, now)
        if proven.size > self._newest.size or (proven.size == self._newest.size and proven.as_of > self._newest.as_of):
            self._newest, self._trust = proven, advance_trust(self._trust, proof)
            self._save(raw)

    @property
    def chain_id(self) -> str:
        """The ledger that is trusted now."""
        return self._trust.chain_id

    def follow(self, proofs: Sequence[bytes], now: UtcMillis) -> bool:
        """Go over to the ledger that continues this one, as far as the proofs lead; durable on return.

        Returns whether they led anywhere. The newest leaf stays that of before until the next head is taken: the root
        log is one.

        Raises:
            Malformed, NotProven: one that begins with the present ledger does not verify.
            Unavailable: it could not be saved; nothing is changed.
        """
        trust = self._trust
        for raw in proofs:
            proof = Succession.from_bytes(raw)
            if proof.last.header.chain_id == trust.chain_id:
                trust = verify_succession(proof, trust, now)
        if trust is self._trust:
            return False
        self._save_trust(trust)
        self._trust = trust
        return True

    def anchored(self, proof: AnchoredProof, org: str, now: UtcMillis) -> AnchoredChain:
        """The proven anchored part of an org's data chain; raises as `take`."""
        self._check_own_ledger(proof.light)
        return verify_anchored(proof, org, self._trust, now)

    def check_void(self, raw: bytes, org: str, frame: FrameRef, now: UtcMillis) -> None:
        """Raise unless the ledger records that the number of this very frame is void; otherwise raises as `take`.

        Raises:
            NotInState: it is not void, or another header of the number is.
        """
        proof = NumberProof.from_bytes(raw)
        self._check_own_ledger(proof.light)
        key = number_key(org, frame.terminal, frame.number)
        record = verify_trusted_record(key, proof.state, proof.light, self._trust, now)
        void = None if record is None else NumberRecord.from_bytes(record).void
        if void is None or void.frame_id != frame.frame_id:
            raise NotInState(f"void of frame {frame.number}")

    def group_version(self, raw: bytes, org: str, group: str, n: int, now: UtcMillis) -> HandedVersion | None:
        """Version `n` of a group; None if it is proven that the ledger, as new as this head, has none.

        Raises:
            OlderThanTrusted, WrongLedger, Malformed, NotProven: it does not verify.
        """
        proof = VersionProof.from_bytes(raw)
        self._check_own_ledger(proof.light)
        return verify_group_version(proof, org, group, n, self._trust, now)

    def _check_own_ledger(self, light: LightBlock) -> None:
        own, found = self._trust.chain_id, light.header.chain_id
        if found != own:
            why = f"it answers for ledger {found}, this terminal's is {own}: check `node` in terminal.toml"
            raise WrongLedger(why, what="the log host")
