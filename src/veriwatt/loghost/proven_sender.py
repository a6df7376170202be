"""Whose upload it is, before it is accepted: what a node charges to a terminal, and not to an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.loghost.org_log import OrgLog
from veriwatt.model.frames.frame import parse_frame
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.verify.frame_checks import check_sender, sender_of


class ProvenSender(NamedTuple):
    """The terminal, as ORG/NAME, that signed an upload."""

    terminal: str
    again: bool
    """Whether its chain has a frame of this number: then anybody who saw that frame could have sent the upload."""


def proven_sender(upload: bytes, ledger_cache: LedgerCache, org_logs: Mapping[str, OrgLog]) -> ProvenSender | None:
    """The terminal whose key signed the upload and whose newest frame in its chain is not newer.

    None for every other upload. Used by the thread that accepts (docs/spec/frame-upload.md, who is charged).
    """
    ledger_cache.refresh()
    try:
        frame = parse_frame(upload)
        check_sender(sender_of(frame, ledger_cache), ledger_cache)
    except Corrupted:
        raise
    except VeriwattError:
        return None
    org_log = org_logs.get(frame.org)
    newest = None if org_log is None else org_log.chain.tips.get(frame.terminal)
    if newest is None or frame.number < newest.number:
        return None
    return ProvenSender(f"{frame.org}/{frame.terminal}", again=frame.number == newest.number)
