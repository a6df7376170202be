"""The HTTP interface of a Kubo on this machine: each question has a bound of bytes and of time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from veriwatt.errors import Malformed
from veriwatt.store.store_errors import StoreFails
from veriwatt.system.bounded_http import BoundedTransport, time_limit
from veriwatt.system.loopback import is_loopback

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0
"""For a connection, and for a whole question and answer, connecting included, however the bytes come."""

MOST_TOLD = 64 << 10
"""Bytes of an answer that is no object: a record or an error."""

LONGEST_LINE = 1 << 10
"""Bytes of a line of a listing."""

TOLD = 200
"""Characters that are repeated of what the node says."""


class KuboSays(StoreFails):
    """An error that the node's interface states in words; `why` has them."""

    code = "kubo-says"


class TooMuch(Exception):
    """An answer of more bytes than its question allows."""


class KuboApi:
    """The calls of one node. Callable from many threads. Raises StoreFails when no answer comes within the bounds."""

    def __init__(self, address: str, seconds: float = ANSWER_SECONDS) -> None:
        """Nothing is asked yet.

        Args:
            address: `http://HOST:PORT` on loopback: whoever reaches a node's interface can do everything to the node.
            seconds: for each question and its whole answer.

        Raises:
            Malformed: the address is none on loopback.
        """
        parts = urlsplit(address)
        if parts.scheme != "http" or not is_loopback(parts.hostname or "") or address != f"http://{parts.netloc}":
            raise Malformed(f"{address[:80]!r} is no address of the form http://127.0.0.1:5001, on this machine")
        self.name, self._seconds, self._url = f"IPFS node {parts.netloc}", seconds, f"{address}/api/v0/"
        self._http = httpx.Client(
            headers={"accept-encoding": "identity"},
            transport=BoundedTransport(None, CONNECT_SECONDS),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def ask(
        self, what: str, path: str, arguments: Mapping[str, str], limit: int = MOST_TOLD, content: bytes | None = None
    ) -> bytes:
        """The answer to one question.

        Args:
            what: the call of the store that asks, for errors.
            content: a file that goes along.

        Raises:
            TooMuch: the answer has more than `limit` bytes.
            KuboSays: the node states an error.
        """
        with (
            time_limit(self._seconds),
            self._failures(what),
            closing(self._open(what, path, arguments, content)) as found,
        ):
            return _at_most(limit, found)

    def record(
        self, what: str, path: str, arguments: Mapping[str, str], content: bytes | None = None
    ) -> dict[str, Any]:
        """The answer as one JSON object."""
        try:
            found = json.loads(self.ask(what, path, arguments, content=content) or b"{}")
        except (ValueError, RecursionError, TooMuch) as error:
            raise self.fails(what, "its answer is no record") from error
        if not isinstance(found, dict):
            raise self.fails(what, "its answer is no record")
        return found

    def lines(self, what: str, path: str, arguments: Mapping[str, str]) -> Iterator[bytes]:
        """The lines of an answer of any length; the time is for each next line."""
        with time_limit(self._seconds), self._failures(what):
            response = self._open(what, path, arguments, None)
        with closing(response):
            pieces, rest, over = response.iter_raw(), b"", False
            while not over:
                try:
                    with time_limit(self._seconds), self._failures(what):
                        whole, rest, over = _next_lines(pieces, rest)
                except TooMuch as error:
                    raise self.fails(what, "a line of its answer has no end") from error
                yield from whole

    def fails(self, what: str, why: str) -> StoreFails:
        return StoreFails(store=self.name, what=what, why=why)

    def _open(self, what: str, path: str, arguments: Mapping[str, str], content: bytes | None) -> httpx.Response:
        """The answer, whose body is yet to be read; the caller closes it."""
        files = None if content is None else {"data": content}
        request = self._http.build_request("POST", self._url + path, params=dict(arguments), files=files)
        response = self._http.send(request, stream=True)
        if response.status_code == httpx.codes.OK:
            return response
        with closing(response), suppress(TooMuch):
            said = _at_most(MOST_TOLD, response)
            raise KuboSays(store=self.name, what=what, why=_words(response.status_code, said))
        raise self.fails(what, f"it answers {response.status_code} at length")

    @contextmanager
    def _failures(self, what: str) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise self.fails(what, f"no whole answer in {self._seconds:g} s") from error
        except httpx.ConnectError as error:
            raise self.fails(what, "nothing listens there: is the node running?") from error
        except httpx.HTTPError as error:
            raise self.fails(what, f"no answer ({type(error).__name__})") from error


def _at_most(limit: int, response: httpx.Response) -> bytes:
    found = bytearray()
    for piece in response.iter_raw():
        found += piece
        if len(found) > limit:
            raise TooMuch
    return bytes(found)


def _next_lines(pieces: Iterator[bytes], rest: bytes) -> tuple[list[bytes], bytes, bool]:
    """Lines that are whole, what comes after them, and whether the answer is over."""
    while b"\n" not in rest:
        if len(rest) > LONGEST_LINE:
            raise TooMuch
        piece = next(pieces, None)
        if piece is None:
            return ([rest] if rest else []), b"", True
        rest += piece
    *whole, rest = rest.split(b"\n")
    return whole, rest, False


def _words(status: int, said: bytes) -> str:
    """What the node says, as far as it is printable."""
    try:
        text = str(json.loads(said)["Message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        text = said.decode(errors="replace")
    shown = "".join(char if char.isprintable() else " " for char in text[:TOLD]).strip()
    return f"it answers {status}: {shown or 'without a reason'}"
