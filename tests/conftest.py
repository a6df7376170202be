"""What every test stands on: a clean environment, patient Hypothesis, and a browser where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

# `make test` asks the same questions on every run, so that its answer is about the change; "long" asks new ones.
hypothesis.settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

BROWSER_PATIENCE = 120_000
"""Milliseconds."""

SLOW = ("slow", "browser", "engine")
"""The markers that `make check` leaves out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have slow tests: at the end no worker waits for another's."""
    slow = {item.path for item in items if any(map(item.get_closest_marker, SLOW))}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the secrets or settings of whoever runs it."""
    for name in [*os.environ]:
        if name.startswith("VERIWATT_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)


def patient(browser: Browser) -> None:
    """Have its pages wait as long as a loaded machine takes."""
    new_context = browser.new_context

    def new_patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(BROWSER_PATIENCE)
        return context

    browser.new_context = new_patient_context  # type: ignore[method-assign]


@pytest.fixture(scope="module")  # its driver keeps an event loop running, which tests elsewhere must not meet
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless, driven through Playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        patient(started)
        yield started
        started.close()
