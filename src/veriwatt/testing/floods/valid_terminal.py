"""A valid terminal at work: it sends one frame after the other, each until a receipt comes back."""

from __future__ import annotations

import http.client
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from veriwatt.encoding import decode, encode
from veriwatt.model.terminals.admission import FIELD
from veriwatt.terminal.delivery.pinned_tls import AdmittedContext

EVERY = 0.1
"""Seconds from one frame to the next."""

RETRY = 0.5
"""Seconds after which a frame without a receipt is sent again."""

TIMEOUT = 20.0
HOST = "127.0.0.1"
CBOR = "application/cbor"


@dataclass(slots=True)
class ValidTerminal:
    """Sends frames to a node of this machine, each on a connection of its own, as a terminal does that seldom sends.

    Over TLS it shows its newest admission, as `HttpLogHostClient` does.
    """

    port: int
    uploads: Sequence[bytes]
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds from an open connection to its first byte, under TLS to that of the request too, at least and at most."""
    tls: AdmittedContext | None = None
    sent: int = 0
    seconds: list[float] = field(default_factory=list)
    """From the first try to send a frame to its receipt, for each frame acknowledged."""
    failures: list[str] = field(default_factory=list)

    def work(self, until: float, stopped: Event) -> None:
        """Send until the monotonic time `until`; a frame under way is finished, for at most `TIMEOUT` more."""
        while time.monotonic() < until and self.sent < len(self.uploads) and not stopped.is_set():
            began = time.monotonic()
            while not self._acknowledged(self.uploads[self.sent]):
                if stopped.is_set() or time.monotonic() > until + TIMEOUT:
                    self.seconds.append(time.monotonic() - began)
                    return
                time.sleep(RETRY)
            self.seconds.append(time.monotonic() - began)
            self.sent += 1
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))

    def lost(self) -> int:
        """How many acknowledged frames the node does not know any more; each is asked for until there is an answer."""
        return sum(self._is_lost(upload) for upload in self.uploads[: self.sent])

    def _is_lost(self, upload: bytes) -> bool:
        until = time.monotonic() + TIMEOUT
        while not self._acknowledged(upload):
            if time.monotonic() > until:
                return True
            time.sleep(RETRY)
        return False

    def _acknowledged(self, upload: bytes) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT)
        try:
            connection.sock = self._connected()
            connection.request("POST", "/api/v1/frames", encode([upload]), {"content-type": CBOR, "accept": CBOR})
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(type(error).__name__)
            return False
        finally:
            connection.close()
        if self.tls is not None:
            self.tls.admission = answer.headers.get(FIELD, self.tls.admission)
        if answer.status != 200:
            self.failures.append(str(answer.status))
            return False
        outcomes = decode(raw)
        assert isinstance(outcomes, list)
        if outcomes[0][4] is None:
            self.failures.append(str(outcomes[0][0]))
        return outcomes[0][4] is not None

    def _connected(self) -> socket.socket:
        opened = socket.create_connection((HOST, self.port), TIMEOUT)
        try:
            time.sleep(random.uniform(*self.delay))
            if self.tls is None:
                return opened
            self.tls.set_alpn_protocols(["http/1.1"])
            secured = self.tls.wrap_socket(opened)
            time.sleep(random.uniform(*self.delay))
        except OSError:
            opened.close()
            raise
        return secured
