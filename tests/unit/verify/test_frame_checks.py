"""The rules for a frame: what is changed is refused as decoding in full finds, what is unusual by its rule."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import decode
from veriwatt.encoding.cose import sign1_of
from veriwatt.errors import Malformed, VeriwattError
from veriwatt.ids import Digest
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.header import parse_header
from veriwatt.model.points.group import definitions_root
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.testing.actors import START, SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.hosts import GROUP, SimHost
from veriwatt.testing.worlds import redefined
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.frame_checks import (
    CLOCK_TOLERANCE,
    CheckedFrame,
    check_sender,
    check_standing,
    check_uploads,
    sender_of,
)
from veriwatt.verify.frame_refusals import KeyCompromised


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ledger(host: SimHost) -> LedgerCache:
    made = LedgerCache(host.ledger)
    made.refresh()
    return made


def code_of(upload: bytes, host: SimHost, ledger: LedgerCache, *, arriving: bool = True) -> str:
    """The code of the error that refuses the upload by itself; empty when all rules hold."""
    (checked,) = check_uploads([upload], ledger, host.clock.now())
    if isinstance(checked, VeriwattError):
        return checked.code
    frame = checked.frame
    try:
        check_standing(sender_of(frame, ledger), ledger, host.clock.now(), arriving=arriving)
    except VeriwattError as error:
        return error.code
    return ""


def code_when_decoded(upload: bytes, good: Frame, host: SimHost) -> str:
    """What must refuse an edited upload, found without frame views: by the CBOR library, field by field."""
    try:
        value = decode(upload)
        match value:
            case [envelope, list(payloads)]:
                signed = sign1_of(envelope, "the envelope")
            case _:
                return "malformed"
        header = parse_header(signed.payload)
    except Malformed:
        return "malformed"
    hashes = [sha256(payload) if isinstance(payload, bytes) else None for payload in payloads]
    if hashes != [group.payload_hash for group in header.groups]:
        return "malformed"
    if (header.org, header.terminal) != (host.terminal.org, host.terminal.name):
        return "not-found"
    return "malformed" if signed.protected != good.protected else "bad-signature"


def test_a_usual_frame_passes_every_rule(host: SimHost, ledger: LedgerCache) -> None:
    upload = host.frame()
    assert code_of(upload, host, ledger) == ""
    assert list(check_uploads([upload], ledger, host.clock.now())) == [CheckedFrame(parse_frame(upload), standing=True)]


def test_whatever_byte_is_changed_is_refused_as_decoding_in_full_finds(host: SimHost, ledger: LedgerCache) -> None:
    good = host.frame()
    frame = parse_frame(good)
    edited = [good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :] for at in range(len(good)) for bit in (1, 0x80)]
    found = list(check_uploads([good, *edited], ledger, host.clock.now()))
    assert found[0] == CheckedFrame(frame, standing=True)
    codes = ["malformed" if isinstance(each, Malformed) else getattr(each, "code", "") for each in found[1:]]
    assert codes == [code_when_decoded(each, frame, host) for each in edited]
    assert {"malformed", "bad-signature", "not-found"} == set(codes)


UNUSUAL: dict[str, tuple[Edit, str]] = {
    "another chain": (lambda h: replace(h, chain="sim-0000000000000000"), "wrong-ledger"),
    "a passport version that never was": (lambda h: replace(h, passport_version=9), "wrong-ledger"),
    "passport version 0": (lambda h: replace(h, passport_version=0), "wrong-ledger"),
    "a root-log leaf that never was": (lambda h: replace(h, root_log_leaf=Digest(b"\1" * 32)), "wrong-ledger"),
    "a leaf for no root log": (lambda h: replace(h, root_log_size=0), "wrong-ledger"),
    "a size the root log never had": (lambda h: replace(h, root_log_size=10**6), "not-found"),
    "collected before it was certified": (lambda h: replace(h, collected_at=START - DAY), "not-enrolled"),
    "collected after its certification": (lambda h: replace(h, collected_at=START + 400 * DAY), "clock-ahead"),
    "collected in the future": (lambda h: replace(h, collected_at=h.window.end + 2 * CLOCK_TOLERANCE), "clock-ahead"),
    "a window in the future": (
        lambda h: replace(h, window=Interval(h.window.start, h.window.end + DAY)),
        "clock-ahead",
    ),
    "a definition nobody registered": (
        lambda h: replace(h, groups=(replace(h.groups[0], definition_root=Digest(bytes(32))),)),
        "not-found",
    ),
    "another group": (lambda h: replace(h, groups=(replace(h.groups[0], group="other"),)), "not-found"),
    "fewer slots than the window has": (
        lambda h: replace(h, window=Interval(h.window.start - 15 * MINUTE, h.window.end)),
        "wrong-slots",
    ),
    "a window over two key windows": (
        lambda h: replace(h, window=Interval(h.window.start - DAY, h.window.end)),
        "crosses-key-window",
    ),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_a_signed_frame_with_something_unusual_is_refused_by_its_rule(
    what: str, host: SimHost, ledger: LedgerCache
) -> None:
    edit, code = UNUSUAL[what]
    host.frame()
    upload = host.frame(edit=edit)
    assert code_of(upload, host, ledger) == code
    assert code_of(upload, host, ledger, arriving=False) == code
    assert host.refusal(upload).code in (code, "frame-out-of-sequence")


def test_a_frame_under_a_definition_not_yet_in_force_is_accepted_since_it_cannot_be_signed_again(
    host: SimHost, ledger: LedgerCache
) -> None:
    changed = tuple(redefined(definition) for definition in host.definitions)
    host.must(host.owner.define(GROUP, *changed, effective_from=START + 100 * DAY - 8 * HOUR))
    ledger.refresh()
    root = definitions_root(changed)
    upload = host.frame(edit=lambda h: replace(h, groups=(replace(h.groups[0], version=2, definition_root=root),)))
    assert code_of(upload, host, ledger) == ""


def test_an_unknown_and_an_uncertified_terminal_are_refused(host: SimHost, ledger: LedgerCache) -> None:
    stranger = SimTerminal("acme", "t9")
    upload = host.frame(stranger)
    assert code_of(upload, host, ledger) == "not-found"
    host.must(host.owner.enrol(stranger))
    ledger.refresh()
    assert code_of(upload, host, ledger) == "not-certified"


def test_a_frame_under_a_key_reported_compromised_is_refused_on_arrival_and_valid_in_the_chain(
    host: SimHost, ledger: LedgerCache
) -> None:
    upload = host.frame()
    assert code_of(upload, host, ledger) == ""
    host.must(host.inspector.report_compromised(host.terminal, host.clock.now()))
    ledger.refresh()
    frame, now = parse_frame(upload), host.clock.now()
    with pytest.raises(KeyCompromised):
        check_standing(check_sender(sender_of(frame, ledger), ledger), ledger, now, arriving=True)
    check_standing(check_sender(sender_of(frame, ledger), ledger), ledger, now, arriving=False)


def test_nothing_keeps_a_refused_upload_in_memory(host: SimHost, ledger: LedgerCache) -> None:
    """Cycles of refused uploads of 1 MB, which the collector seldom looks for, took 900 MB in seconds."""
    upload = b"\x82\x84" + bytes(1_000_000)
    gc.disable()
    try:
        before = sys.getrefcount(upload)
        assert code_of(upload, host, ledger) == "malformed"
        assert sys.getrefcount(upload) == before
    finally:
        gc.enable()
