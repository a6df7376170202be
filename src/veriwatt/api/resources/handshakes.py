"""The budget of TLS handshakes: seconds of one core, charged when the first bytes are there, before they are answered.

Those bytes can be recorded, or made up, and cost the node some hundred times what they cost their sender. Recorded ones
are recognised while they are remembered. What tells a terminal's from made up ones is its admission: given to it under
TLS with the receipt of a frame, good for few handshakes, so that whoever saw one on its way gains nothing for long. All
other handshakes are those of strangers.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Collection
from typing import Final

from veriwatt.api.limits import PAYERS, Buckets
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import (
    ADDRESS_HANDSHAKES_BURST,
    ADDRESS_HANDSHAKES_RATE,
    ADMISSION_USES,
    HANDSHAKE_SECONDS,
    STRANGERS_HANDSHAKES_BURST,
    STRANGERS_HANDSHAKES_RATE,
    TERMINAL_HANDSHAKES_BURST,
    TERMINAL_HANDSHAKES_RATE,
)
from veriwatt.model.terminals.admission import BYTES, shown_in

STRANGERS: Final = "all strangers"

KEPT: Final = 2
"""Admissions of a terminal that are good at once: the answer that brought the newest may have been lost."""

RANDOM: Final = slice(11, 43)
"""Where a handshake has the bytes that its client drew for it (RFC 8446, 4.1.2, in a record of 5.1)."""

REMEMBERED: Final = 16_384
"""Handshakes of which these bytes are remembered."""


class Admissions:
    """The admissions that were given, of the terminals that were given one last."""

    def __init__(self) -> None:
        self._of_terminal: OrderedDict[str, deque[str]] = OrderedDict()
        self._good: dict[str, tuple[str, int]] = {}  # whose each is, and the handshakes that it is still good for

    def give(self, terminal: str) -> str:
        """A new admission of the terminal; the oldest of more than `KEPT` ends."""
        given = self._of_terminal.setdefault(terminal, deque())
        self._of_terminal.move_to_end(terminal)
        given.append(secrets.token_hex(BYTES))
        self._good[given[-1]] = (terminal, ADMISSION_USES)
        if len(given) > KEPT:
            self._good.pop(given.popleft(), None)
        if len(self._of_terminal) > PAYERS:
            for each in self._of_terminal.popitem(last=False)[1]:
                self._good.pop(each, None)
        return given[-1]

    def use(self, admission: str) -> str:
        """The terminal that shows this admission, which is good for one handshake less; empty for none."""
        terminal, left = self._good.pop(admission, ("", 0))
        if left > 1:
            self._good[admission] = (terminal, left - 1)
        return terminal


class Handshakes:
    """Who pays for a handshake, and what is left to each; used on the event loop."""

    def __init__(self, proxies: Collection[str] = ()) -> None:
        """The addresses `proxies` have no share of their own, only that of all strangers."""
        self._admissions, self._proxies = Admissions(), frozenset(proxies)
        self._begun: dict[bytes, None] = {}
        self._strangers = Buckets("handshakes of strangers", STRANGERS_HANDSHAKES_RATE, STRANGERS_HANDSHAKES_BURST)
        self._addresses = Buckets("handshakes of one address", ADDRESS_HANDSHAKES_RATE, ADDRESS_HANDSHAKES_BURST)
        self._terminals = Buckets("handshakes of one terminal", TERMINAL_HANDSHAKES_RATE, TERMINAL_HANDSHAKES_BURST)

    def admission(self, terminal: str, address: str) -> str:
        """A new admission of the terminal; empty where a proxy would pass it on to others."""
        return "" if address in self._proxies else self._admissions.give(terminal)

    def is_recording(self, hello: bytes) -> bool:
        """Whether a handshake that began with these bytes was charged before: no client draws the same ones twice."""
        return hello[RANDOM] in self._begun

    def charge(self, hello: bytes, address: str, *, late: bool = False) -> Payer | None:
        """Charge the handshake that begins with these bytes to whoever pays for it; None if nobody can now.

        What is `late` is charged to no stranger: more come than this machine has time for.
        """
        payer = self._charged(hello, address, late=late)
        if payer is not None and len(hello) >= RANDOM.stop:
            self._begun[hello[RANDOM]] = None
            if len(self._begun) > REMEMBERED:
                del self._begun[next(iter(self._begun))]
        return payer

    def _charged(self, hello: bytes, address: str, *, late: bool) -> Payer | None:
        terminal = self._admissions.use(shown_in(hello))
        if terminal and self._terminals.has(terminal):
            self._terminals.spend(terminal, HANDSHAKE_SECONDS)
            return Payer(terminal, proven=True)
        shared = address in self._proxies
        if late or not self._strangers.has(STRANGERS) or not (shared or self._addresses.has(address)):
            return None
        self._strangers.spend(STRANGERS, HANDSHAKE_SECONDS)
        if not shared:
            self._addresses.spend(address, HANDSHAKE_SECONDS)
        return Payer(address)
