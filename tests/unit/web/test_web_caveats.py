"""Every caveat that verification states is one that the pages know in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import veriwatt.verify
from veriwatt.web.words import caveat_patterns

SOURCE = Path(veriwatt.verify.__file__).parent / "reading.py"

OWNER = "a software key does not protect against the device's owner"
OPEN_DAY = "cannot be shown before the day has closed"

SAID = [
    "as of 2026-01-05, 1 day before your trust file",
    "as of 2026-01-05, 12 days before your trust file",
    "root taken from the file itself: without a trust file nothing shows that this ledger is the one you mean",
    "made at height 4, before your trust file's checkpoint 9: refresh needed (`veriwatt evidence refresh`)",
    "single operator: the ledger could have been rewritten by its operator, for no witness cosigned it",
    "the terminal was not certified when it collected: only acme vouches for it",
    "the terminal was certified by its own org (acme) alone",
    "key reported compromised from 2026-01-05T00:00:00.000Z by metro; anchored before the report",
    f"the terminal's key lies unprotected on its disk: {OWNER}",
    f"the terminal's key is a software key, sealed under a passphrase: {OWNER}",
    f"the terminal's key is a software key in an operating system's keyring: {OWNER}",
    "values come from file a b.csv; no certified terminal witnessed the measurement",
    "values come from the monitoring system old; no certified terminal witnessed the measurement",
    "values were entered by ann (meter (old) broken); no meter was read",
    "the value is estimated, not measured",
    "the value was entered by hand, not measured",
    "the terminal states a gap: there is no value for this slot",
    f"version 1; not superseded as of 2026-01-05: {OPEN_DAY}",
    f"a later version, replaces slots of 2 earlier frames; not superseded as of 2026-01-05: {OPEN_DAY}",
    "the trust file is 31 days old; `veriwatt ledger trust` renews it",
]  # fmt: skip


@pytest.mark.parametrize("caveat", SAID)
def test_a_stated_caveat_has_words(caveat: str) -> None:
    assert sum(re.search(pattern, caveat) is not None for pattern in caveat_patterns().values()) == 1


def test_the_samples_are_what_verification_says() -> None:
    """Each fixed stretch of words in the samples stands in the source, so that a reworded caveat is noticed here."""
    source = SOURCE.read_text(encoding="utf-8") + (SOURCE.parent / "belief.py").read_text(encoding="utf-8")
    stretches = [
        "before your trust file", "root taken from the file itself", "refresh needed", "single operator: the ledger",
        "was not certified when it collected", "was certified by its own org", "key reported compromised from",
        "lies unprotected on its disk", "sealed under a passphrase", "an operating system's keyring",
        "values come from file", "values come from the monitoring system", "values were entered by",
        "is estimated, not measured", "was entered by hand, not measured", "states a gap", "not superseded as of",
        "replaces slots of", "the trust file is",
    ]  # fmt: skip
    assert [each for each in stretches if each not in source] == []
