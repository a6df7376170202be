"""The demo took too long."""

from __future__ import annotations

from veriwatt.errors import Unavailable


class DemoTooSlow(Unavailable):
    """The demo's work has not ended in the time it may take."""

    code = "demo-too-slow"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the demo did not finish within {seconds} s: this machine is too busy, or a meter hangs")
        self.seconds = seconds
