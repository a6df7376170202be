"""A frame is judged at a glance only where judging it in full finds the same; all else is judged in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.loghost.frame_checks import CLOCK_TOLERANCE, CheckedFrame, check_frames, check_in_full, check_known_shape
from veriwatt.loghost.ledger_cache import LedgerCache
from veriwatt.model.frames.upload import glance
from veriwatt.model.points.group import definitions_root
from veriwatt.testing.actors import START, SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import GROUP, Edit, SimHost
from veriwatt.testing.worlds import redefined
from veriwatt.units import DAY, Interval, UtcMillis


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ledger_cache(host: SimHost) -> LedgerCache:
    made = LedgerCache(host.ledger)
    made.refresh()
    return made


def _told(found: CheckedFrame | VeriwattError | None) -> object:
    """A finding as it can be compared: errors by what they say."""
    if isinstance(found, VeriwattError):
        return found.code, str(found)
    return found if found is None else found._replace(refusal=None), found and _told(found.refusal)


def _seen(upload: bytes, ledger_cache: LedgerCache, now: UtcMillis) -> CheckedFrame | None:
    seen = glance(upload)
    return None if seen is None else check_known_shape(seen, ledger_cache, now)


def test_a_usual_frame_is_judged_at_a_glance_as_in_full(host: SimHost, ledger_cache: LedgerCache) -> None:
    upload, now = host.frame(), host.clock.now()
    assert _seen(upload, ledger_cache, now) == check_in_full(upload, ledger_cache, now)
    assert _seen(upload, ledger_cache, now) is not None


def test_whatever_byte_is_changed_both_ways_find_the_same(host: SimHost, ledger_cache: LedgerCache) -> None:
    good, now = host.frame(), host.clock.now()
    edited = [good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :] for at in range(len(good)) for bit in (1, 0x80)]
    found = list(check_frames([good, *edited], ledger_cache, now))
    assert [_told(each) for each in found[1:]] == [_told(check_in_full(each, ledger_cache, now)) for each in edited]
    assert not any(_seen(each, ledger_cache, now) for each in edited)


UNUSUAL: dict[str, Edit] = {
    "another chain": lambda h: replace(h, chain="sim-0000000000000000"),
    "a passport version that never was": lambda h: replace(h, passport_version=9),
    "passport version 0": lambda h: replace(h, passport_version=0),
    "a root-log leaf that never was": lambda h: replace(h, root_log_leaf=Digest(b"\1" * 32)),
    "a size the root log never had": lambda h: replace(h, root_log_size=10**6),
    "collected before it was certified": lambda h: replace(h, collected_at=START - DAY),
    "collected after its certification": lambda h: replace(h, collected_at=START + 400 * DAY),
    "collected in the future": lambda h: replace(h, collected_at=h.window.end + 2 * CLOCK_TOLERANCE),
    "a window in the future": lambda h: replace(h, window=Interval(h.window.start, h.window.end + DAY)),
    "a definition nobody registered": lambda h: replace(
        h, groups=(replace(h.groups[0], definition_root=Digest(bytes(32))),)
    ),
    "another group": lambda h: replace(h, groups=(replace(h.groups[0], group="other"),)),
    "slots that do not fill the window": lambda h: replace(h, window=Interval(h.window.start - DAY, h.window.end)),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_a_signed_frame_with_something_unusual_is_judged_in_full(
    what: str, host: SimHost, ledger_cache: LedgerCache
) -> None:
    upload, now = host.frame(edit=UNUSUAL[what]), host.clock.now()
    assert _seen(upload, ledger_cache, now) is None
    (found,) = check_frames([upload], ledger_cache, now)
    assert _told(found) == _told(check_in_full(upload, ledger_cache, now))
    assert isinstance(found, VeriwattError) or found.refusal is not None


def test_a_frame_of_before_its_version_holds_is_taken_since_what_is_signed_cannot_be_framed_again(
    host: SimHost, ledger_cache: LedgerCache
) -> None:
    changed = tuple(redefined(definition) for definition in host.definitions)
    host.must(host.owner.define(GROUP, *changed, effective_from=START + 100 * DAY))
    ledger_cache.refresh()
    upload = host.frame(
        edit=lambda h: replace(h, groups=(replace(h.groups[0], definition_root=definitions_root(changed)),))
    )
    found = check_in_full(upload, ledger_cache, host.clock.now())
    assert isinstance(found, CheckedFrame)
    assert found.refusal is None
    assert _seen(upload, ledger_cache, host.clock.now()) == found


def test_a_stranger_and_a_terminal_that_nobody_vouched_for_are_judged_in_full(
    host: SimHost, ledger_cache: LedgerCache
) -> None:
    stranger = SimTerminal("acme", "t9")
    upload = host.frame(stranger)
    assert _seen(upload, ledger_cache, host.clock.now()) is None
    host.must(host.owner.enrol(stranger))
    ledger_cache.refresh()
    assert _seen(upload, ledger_cache, host.clock.now()) is None


def test_what_was_judged_at_a_glance_before_a_revocation_is_judged_in_full_after_it(
    host: SimHost, ledger_cache: LedgerCache
) -> None:
    upload, now = host.frame(), host.clock.now()
    assert _seen(upload, ledger_cache, now) is not None
    host.must(host.inspector.report_compromised(host.terminal, now))
    ledger_cache.refresh()
    assert _seen(upload, ledger_cache, now) is None
    (found,) = check_frames([upload], ledger_cache, now)
    assert isinstance(found, CheckedFrame)
    assert found.refusal is not None
    assert found.refusal.code == "key-compromised"
