"""TLS that the node serves itself: which certificate, taken up again when its files change, and its end foretold."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from veriwatt.crypto.tls_certificate import (
    certificate_end,
    certificate_file_key,
    certificate_fingerprint,
    fingerprint_text,
    make_certificate,
)
from veriwatt.errors import BadInput, Malformed, NotFound, Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import Settings
from veriwatt.ids import Digest
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles
from veriwatt.system.loopback import is_loopback
from veriwatt.system.private_file import save_private
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import utc_text

WARN_DAYS = 30
"""The end of a certificate is told from so many days before it on."""

LOOK_EVERY = 60
"""Seconds between two looks at the files of the certificate."""

log = structlog.get_logger("veriwatt.node")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The files, in PEM, of the certificate (with its chain) and its private key; `self_made` ones are ours to make."""

    certificate: Path
    key: Path
    self_made: bool


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What people compare of a certificate."""

    fingerprint: Digest
    until: UtcMillis
    key: Digest
    """SHA-256 of its public key, which the node's record on the ledger has."""


def certificate_files(paths: HomePaths, settings: Settings) -> CertificateFiles:
    """The files that the settings name, or else those that the node makes itself."""
    if settings.certificate:
        return CertificateFiles(paths.root / settings.certificate, paths.root / settings.certificate_key, False)
    return CertificateFiles(paths.tls / "certificate.pem", paths.tls / "key.pem", True)


def serves_tls(host: str, settings: Settings, *, tls: bool, plain_http: bool) -> bool:
    """Whether a node that listens at `host` serves TLS: always off loopback, unless plain HTTP was asked for."""
    if plain_http and (tls or settings.certificate):
        remedy = "leave out --plain-http, or --tls and the certificate in node.toml"
        raise BadInput(where="--plain-http", value=None, why="contradicts TLS", remedy=remedy)
    return not plain_http and (tls or bool(settings.certificate) or not is_loopback(host))


def read_certificate(files: CertificateFiles) -> CertificateFacts:
    """Raises BadInput naming the file that is missing or no certificate."""
    try:
        pem = DiskFiles().read(files.certificate)
        return CertificateFacts(certificate_fingerprint(pem), certificate_end(pem), certificate_file_key(pem))
    except (Malformed, NotFound, Unavailable) as error:
        remedy = "name a certificate in PEM in node.toml"
        if files.self_made:
            remedy = "the first start of `veriwatt node run` with TLS makes it"
        raise BadInput(where=str(files.certificate), value=None, why=str(error), remedy=remedy) from error


class NodeTls:
    """The certificate of a running node. New connections use the files as they were at the last look."""

    def __init__(self, files: CertificateFiles, names: Sequence[str]) -> None:
        """Load the certificate; a self-made one is made for `names` if it is not there.

        Raises:
            BadInput: a file is missing, or certificate and key do not belong together.
        """
        self._files, self._clock, self._told = files, SystemClock(), 0
        if files.self_made and not files.certificate.is_file():
            certificate, key = make_certificate(names, self._clock.now())
            save_private(files.key, key)  # the certificate last: where it is, its key is too
            save_private(files.certificate, certificate)
        self._seen = _stamps(files)
        self.facts = read_certificate(files)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols(["http/1.1"])
        _load(self.context, files)

    @property
    def fingerprint(self) -> str:
        return fingerprint_text(self.facts.fingerprint)

    def tell_end(self) -> None:
        """Log, at most once a day, that the certificate ends within `WARN_DAYS`, or has ended."""
        now = self._clock.now()
        if self.facts.until - now <= WARN_DAYS * DAY and now - self._told >= DAY:
            self._told = now
            log.warning("certificate-ends", until=utc_text(self.facts.until), file=str(self._files.certificate))

    def take_up(self) -> None:
        """Take up new files; the old certificate stays in use, and the log says why, when they cannot be used."""
        self._seen = _stamps(self._files)
        try:
            # a certificate without its key must not reach the context that serves
            _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self._files)
            facts = read_certificate(self._files)
            _load(self.context, self._files)
        except BadInput as error:
            log.error("certificate-not-usable", why=str(error))  # noqa: TRY400 - the reason is whole, no traceback
            return
        self.facts, self._told = facts, 0
        log.info("certificate-taken-up", fingerprint=self.fingerprint, until=utc_text(facts.until))

    async def watch(self) -> None:
        """Take up new files and foretell the end, until cancelled."""
        while True:
            self.tell_end()
            await asyncio.sleep(LOOK_EVERY)
            if _stamps(self._files) != self._seen:
                self.take_up()


def _load(context: ssl.SSLContext, files: CertificateFiles) -> None:
    def no_passphrase() -> str:
        raise BadInput(where=str(files.key), value=None, why="is encrypted", remedy="decrypt the key, `chmod 600` it")

    try:
        context.load_cert_chain(files.certificate, files.key, no_passphrase)
    except OSError as error:  # ssl.SSLError is one
        why = f"certificate and key cannot be used: {error.strerror or error}"
        remedy = "check `certificate` and `certificate_key` in node.toml"
        raise BadInput(where=str(files.key), value=None, why=why, remedy=remedy) from error


def _stamps(files: CertificateFiles) -> list[tuple[int, int, int]]:
    def stamp(path: Path) -> tuple[int, int, int]:
        try:
            found = path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_size, found.st_mtime_ns)

    return [stamp(files.certificate), stamp(files.key)]
