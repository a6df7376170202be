"""The log host over HTTP: `POST /api/v1/frames`; an acceptance counts only with a receipt that verifies.

    answer = [[code, why | null, position | null, anchored | null, receipt | null] ...]
    receipt = [note, position, [hash ...]]

Spec: docs/spec/frame-upload.md, and docs/spec/terminal-questions.md for the questions.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Self

import httpx

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import Fields, decode, encode
from veriwatt.errors import Malformed, Refused, Unavailable
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt, open_note
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.chain.sent_again import SentAgain, SentAgainRequest
from veriwatt.model.evidence.paths import MAX_PATH, read_hashes
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef, read_number
from veriwatt.model.ledger.succession import parse_successions
from veriwatt.model.terminals.admission import FIELD, is_admission
from veriwatt.terminal.delivery.log_host_client import (
    Delivered,
    EndedLogEpoch,
    HostState,
    LogHostBehind,
    NewLogEpoch,
    VerifiedReceipt,
)
from veriwatt.terminal.delivery.pinned_tls import WrongCertificate, tls_context
from veriwatt.units import SECOND, UtcMillis

CBOR = "application/cbor"
API = "/api/v1"
TIMEOUT = 30
"""Seconds for one request."""

BODY = 8 << 20
"""Bytes of frames sent in one request, unless a single frame has more."""

ANSWER = 16 << 20
"""The most bytes of an answer; receipts of all frames of one request take less."""

PASSING = (408, 425, 429)
"""The statuses below 500 after which the same request may succeed later."""

PROBLEM = "urn:veriwatt:error:"
"""How the type of a refusal begins; its code follows."""

MOST_TOLD = 500
"""Characters that are repeated of what a log host says."""


BEHIND = 409
"""The status by which a log host says that it has fewer frames than the terminal's largest checkpoint."""

AGAIN = "answer to frames sent again"


class WrongLogHost(Refused):
    """The answer is not that of a log host: the address is wrong, or another service listens there."""

    code = "wrong-log-host"

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url} answered {status}, which no log host does: check `node` in terminal.toml")
        self.url, self.status = url, status


class LogHostRefuses(Refused):
    """The log host refuses a question, and says why."""

    code = "log-host-refuses"

    def __init__(self, url: str, why: str, reason: str) -> None:
        super().__init__(f"{url} refuses: {why} [{reason}]")
        self.url, self.why, self.reason = url, why, reason


class HttpLogHostClient:
    """A `LiveLogHostClient` over HTTP, at the node of one address; one thread at a time."""

    def __init__(
        self,
        node: str,
        chain: str,
        org: str,
        log_key: PublicKey,
        transport: httpx.BaseTransport | None = None,
        fingerprint: Digest | None = None,
    ) -> None:
        """`log_key` signs the checkpoints of the org's data chain on ledger `chain`.

        `fingerprint` is that of the one certificate that is taken; None takes those of this machine's authorities.
        """
        self._url, self._org = node.rstrip("/") + API, org
        self._log, self._key = LogName(chain, org), log_key
        headers = {"content-type": CBOR, "accept": CBOR, "accept-encoding": "identity"}
        self._clock: UtcMillis = 0
        self._seen = 0
        self._tls = tls_context(fingerprint) if node.startswith("https:") else None
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT, transport=transport, verify=self._tls or False)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        """See `LogHostClient.send`.

        Raises:
            Unavailable: no answer, or a status that asks to try later.
            WrongLogHost: no log host answers at the address.
            LogHostRefuses: it refuses the request as a whole.
            WrongCertificate: its certificate is not the one expected; nothing was sent.
            NotProven: a receipt does not verify; no frame counts as accepted.
            Malformed: the answer is malformed.
        """
        return [delivered for part in _parts(uploads) for delivered in self._post(part)]

    def has_seen(self, size: int) -> None:
        """See `LiveLogHostClient.has_seen`."""
        self._seen = size

    def send_again(self, note: str, sent: Sequence[SentAgain]) -> HostState:
        """See `LiveLogHostClient.send_again`; raises as `send` does."""
        content = SentAgainRequest(note, tuple(sent)).to_bytes()
        f = Fields(
            decode(self._ask("POST", "/frames/again", content=content, params={"org": self._org}), AGAIN), AGAIN, 3
        )
        size, present, outcomes = f.uint("size"), f.text("note"), f.list("frames", len(sent))
        if self._opened(present).size != size or len(outcomes) != len(sent):
            raise Malformed(f"{AGAIN}: not an answer for {len(sent)} frames")
        delivered = [self._delivered(each.upload, outcome) for each, outcome in zip(sent, outcomes, strict=True)]
        return HostState(size, tuple(delivered))

    def follow_epoch(self, epoch: int) -> None:
        """See `LiveLogHostClient.follow_epoch`."""
        self._log = self._log.in_epoch(epoch)

    def newest_frame(self, terminal: str) -> FrameRef | None:
        """See `LiveLogHostClient.newest_frame`; raises as `send` does."""
        raw = self._ask("GET", "/frames/newest", params={"org": self._org, "terminal": terminal})
        answer = decode(raw, "newest frame")
        if answer is None:
            return None
        f = Fields(answer, "newest frame", 3)
        return FrameRef(terminal, read_number(f), f.digest("frame id", FrameId))

    def clock(self) -> UtcMillis:
        """See `LiveLogHostClient.clock`."""
        return self._clock

    def root_log(self) -> bytes:
        """See `LiveLogHostClient.root_log`; raises as `send` does."""
        return self._ask("GET", "/ledger/newest")

    def successions(self) -> tuple[bytes, ...]:
        """See `LiveLogHostClient.successions`; raises as `send` does."""
        return parse_successions(self._ask("GET", "/ledger/successions"))

    def anchored(self, position: int, size: int) -> bytes:
        """See `LiveLogHostClient.anchored`; raises as `send` does."""
        return self._ask("GET", "/frames/anchored", params={"org": self._org, "position": position, "size": size})

    def number_record(self, terminal: str, number: FrameNumber) -> bytes:
        """See `LiveLogHostClient.number_record`; raises as `send` does."""
        return self._ask("GET", "/frames/number", params={"org": self._org, "terminal": terminal, **number._asdict()})

    def group_version(self, question: bytes) -> bytes:
        """See `LiveLogHostClient.group_version`; raises as `send` does."""
        return self._ask("POST", "/ledger/group-version", content=question)

    def consistency(self, old: int, new: int) -> tuple[Digest, ...]:
        """See `LiveLogHostClient.consistency`; raises as `send` does."""
        raw = self._ask("GET", "/frames/consistency", params={"org": self._org, "old": old, "new": new})
        return read_hashes(Fields([decode(raw, "consistency")], "consistency", 1), MAX_PATH)

    def _post(self, uploads: Sequence[bytes]) -> list[Delivered]:
        params: dict[str, str | int] | None = {"org": self._org, "seen": self._seen} if self._seen else None
        decoded = decode(self._ask("POST", "/frames", content=encode(list(uploads)), params=params), "delivery answer")
        outcomes = Fields([decoded], "delivery answer", 1).list("frames", len(uploads))
        if len(outcomes) != len(uploads):
            raise Malformed(f"delivery answer: {len(outcomes)} outcomes for {len(uploads)} frames")
        return [self._delivered(upload, outcome) for upload, outcome in zip(uploads, outcomes, strict=True)]

    def _ask(
        self, method: str, path: str, *, content: bytes | None = None, params: dict[str, str | int] | None = None
    ) -> bytes:
        """The body of the answer; its status is 200.

        A packed body is refused, and a long one not read to its end: the log host is not trusted with this memory.
        """
        url = self._url + path
        try:
            with self._http.stream(method, url, content=content, params=params) as answer:
                self._clock = _date(answer)
                self._keep_admission(answer)
                if answer.status_code >= 500 or answer.status_code in PASSING:
                    raise Unavailable(f"{url} answered {answer.status_code}")
                if answer.status_code == BEHIND:
                    raise LogHostBehind(*_sizes(_body(answer, url)))
                if answer.status_code != 200:
                    raise _refusal(url, answer.status_code, _body(answer, url))
                return _body(answer, url)
        except httpx.HTTPError as error:
            if (untrusted := _untrusted(error)) is not None:
                found = f"that fails with {untrusted.verify_message!r}"
                expected = "one of an authority that this machine trusts"
                raise WrongCertificate(found=found, expected=expected) from error
            raise Unavailable(f"{url} does not answer: {type(error).__name__}") from error

    def _keep_admission(self, answer: httpx.Response) -> None:
        given = answer.headers.get(FIELD, "")
        if self._tls is not None and is_admission(given):
            self._tls.admission = given

    def _delivered(self, upload: bytes, outcome: object) -> Delivered:
        f = Fields(outcome, "delivery answer", 5)
        code, why, position = f.text("code", 64), f.optional(str), f.optional(_number)
        _, receipt = f.optional(_number), f.optional(Receipt.parse)
        if position is None:
            return Delivered(None, code, why or "")
        if receipt is None or receipt.position != position:
            raise Malformed("delivery answer: an acceptance without its receipt")
        checkpoint = self._opened(receipt.note)
        verify_inclusion(parse_frame(upload).leaf, position, checkpoint.size, receipt.path, checkpoint.root)
        return Delivered(position, receipt=VerifiedReceipt.of(receipt, checkpoint))

    def _opened(self, note: str) -> Checkpoint:
        """The checkpoint of a note of the log epoch that is known; of another one NewLogEpoch or EndedLogEpoch."""
        epoch = self._log.epoch_of(note)
        checkpoint = open_note(note, self._log.in_epoch(epoch).origin, self._key)
        if epoch != self._log.epoch:
            raise (NewLogEpoch if epoch > self._log.epoch else EndedLogEpoch)(epoch, self._log.epoch)
        return checkpoint


def _untrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal of the certificate that caused an error, if one did."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _body(answer: httpx.Response, url: str) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Malformed(f"the answer of {url} is packed, which was not asked for; check what stands before the node")
    found = bytearray()
    for part in answer.iter_raw(1 << 16):
        found += part
        if len(found) > ANSWER:
            raise Malformed(f"the answer of {url} has more than {ANSWER} bytes, which no log host sends")
    return bytes(found)


def _parts(uploads: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The uploads in order, in as few requests as `BODY` allows."""
    part, size = list[bytes](), 0
    for upload in uploads:
        if part and size + len(upload) > BODY:
            yield part
            part, size = [], 0
        part.append(upload)
        size += len(upload)
    if part:
        yield part


def _date(answer: httpx.Response) -> UtcMillis:
    """The time in an answer's Date (RFC 9110, 6.6.1); 0 without one."""
    with suppress(KeyError, ValueError):
        return int(parsedate_to_datetime(answer.headers["date"]).timestamp()) * SECOND
    return 0


def _refusal(url: str, status: int, problem: bytes) -> Refused:
    """The error of a refusal: that of a log host says why, as problem+json (RFC 9457)."""
    with suppress(ValueError, RecursionError):
        match json.loads(problem):
            case {"type": str(kind), "detail": str(why)} if kind.startswith(PROBLEM):
                return LogHostRefuses(url, why[:MOST_TOLD], kind.removeprefix(PROBLEM)[:MOST_TOLD])
    return WrongLogHost(url, status)


def _number(value: object) -> int:
    return Fields([value], "delivery answer", 1).uint("number")


def _sizes(problem: bytes) -> tuple[int, int]:
    """The frames that the log host has, and those asked for, by its problem+json; 0 where it does not say."""
    try:
        values = json.loads(problem)["values"]
        return int(values["size"]), int(values["asked"])
    except (ValueError, KeyError, TypeError):
        return 0, 0
