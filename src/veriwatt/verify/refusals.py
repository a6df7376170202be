"""Rules that evidence, or a root log head, breaks whose parts are well-formed and agree: one error for each."""

from __future__ import annotations

from veriwatt.errors import NotProven
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


class NotInState(NotProven):
    """A record that the evidence stands on and the proven state does not hold."""

    code = "not-in-state"

    def __init__(self, what: str) -> None:
        super().__init__(f"the state holds no {what}")
        self.what = what


class AnchorBeyondState(NotProven):
    """An anchor of a block whose state is not the proven one yet."""

    code = "anchor-beyond-state"

    def __init__(self, height: int) -> None:
        super().__init__(f"the anchor is of block {height}, beyond the proven state")
        self.height = height


class WrongAnchor(NotProven):
    """A frame at a place that the anchor did not add."""

    code = "wrong-anchor"

    def __init__(self, *, position: int, old_size: int, new_size: int) -> None:
        super().__init__(f"position {position} is not one that the anchor added ({old_size} to {new_size})")
        self.position, self.old_size, self.new_size = position, old_size, new_size


class PassportVersionNotFound(NotProven):
    """A frame made under a version of its passport that the ledger does not have."""

    code = "passport-version-not-found"

    def __init__(self, *, named: int, newest: int) -> None:
        super().__init__(f"the frame names version {named} of a passport in version {newest}")
        self.named, self.newest = named, newest


class RootLogLeafTooNew(NotProven):
    """A frame that knows a block of the ledger no older than the one that anchored it."""

    code = "root-log-leaf-too-new"

    def __init__(self, *, known: int, anchored: int) -> None:
        super().__init__(f"the frame knew root-log leaf {known}, which is not before its anchor's, {anchored}")
        self.known, self.anchored = known, anchored


class NotInForceYet(NotProven):
    """A frame made under definitions that hold only later."""

    code = "not-in-force-yet"

    def __init__(self, *, group: str, version: int, begins: UtcMillis) -> None:
        super().__init__(f"version {version} of group {group} holds only from {utc_text(begins)}")
        self.group, self.version, self.begins = group, version, utc_text(begins)


class NotInForceAnyMore(NotProven):
    """A frame made under definitions that newer ones had replaced, as its terminal could know."""

    code = "not-in-force-any-more"

    def __init__(self, *, group: str, version: int, newer: int) -> None:
        super().__init__(f"version {newer} of group {group} was in force; the frame was made under {version}")
        self.group, self.version, self.newer = group, version, newer


class OutsideWindow(NotProven):
    """A disclosed leaf of slots that are not in the frame's window."""

    code = "outside-window"

    def __init__(self) -> None:
        super().__init__("the leaf's slots do not lie in the frame's window")


class SlotNotStated(NotProven):
    """A claimed slot that the frame has no word of, not even that there is a gap."""

    code = "slot-not-stated"

    def __init__(self) -> None:
        super().__init__("the frame says nothing of the claimed slot")


class OlderThanTrusted(NotProven):
    """A block of before the one that is trusted already: what it proves is known."""

    code = "older-than-trusted"

    def __init__(self, *, height: int, trusted: int) -> None:
        super().__init__(f"block {height} is older than the trusted one, {trusted}")
        self.height, self.trusted = height, trusted
