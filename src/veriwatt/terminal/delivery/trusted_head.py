"""What a terminal knows of the ledger: the newest root-log leaf that it has seen proven, across restarts.

It begins with the trust file it was made with. Each proven head is the checkpoint for the next one, so a
terminal that is in touch at least once a trust period never needs another trust file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from veriwatt.errors import Malformed, NotProven
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.units import UtcMillis
from veriwatt.verify.root_log_head import (
    NOTHING_KNOWN,
    ProvenRootLogHead,
    advance_trust,
    verify_newest_leaf,
    verify_root_log,
)


class TrustedHead:
    """Taken in on one thread, read on any."""

    def __init__(self, trust: Trust, kept: bytes | None, save: Callable[[bytes], None]) -> None:
        """`kept` is what `save` was given last, and believed as the trust file beside it is.

        Where the disk spoilt it, it is as if there were none: the log host is asked again.
        """
        self._trust, self._save, self._known = trust, save, NOTHING_KNOWN
        with suppress(Malformed, NotProven):
            if kept is not None:
                head = RootLogHeadProof.from_bytes(kept)
                self._known = verify_newest_leaf(head, trust.chain_id)
                self._trust = advance_trust(trust, head)

    def newest(self) -> ProvenRootLogHead:
        """The newest leaf known, as the next frame's header names it; `NOTHING_KNOWN` at first."""
        return self._known

    def take(self, raw: bytes, now: UtcMillis) -> None:
        """Take a root log head, if it is newer than what is known; durable on return.

        Raises:
            Malformed, NotProven: it proves nothing, and nothing is changed.
            Unavailable: it is known now, but could not be saved: this process alone knows it.
        """
        head = RootLogHeadProof.from_bytes(raw)
        known = verify_root_log(head, self._trust, now)
        if known.size > self._known.size:
            self._known, self._trust = known, advance_trust(self._trust, head)
            self._save(raw)
