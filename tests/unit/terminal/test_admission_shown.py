"""The terminal shows the newest admission that its log host gave, at the beginning of its next TLS handshake."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx
import pytest

from veriwatt.crypto.tls_certificate import certificate_fingerprint, make_certificate
from veriwatt.ids import Digest
from veriwatt.model.terminals.admission import FIELD, shown_in
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.delivery.pinned_tls import tls_context
from veriwatt.testing.actors import sim_key

LOG, HOST = sim_key("log"), "127.0.0.1"
MALFORMED = "A" * 32


class Host:
    """A log host in a thread: one connection for each of the admissions that it gives."""

    def __init__(self, folder: Path, gives: list[str]) -> None:
        certificate, key = make_certificate([HOST], int(time.time() * 1000))
        self.pem = folder / "certificate.pem"
        self.pem.write_bytes(certificate + key)
        self.fingerprint: Digest = certificate_fingerprint(certificate)
        self.shown: list[str] = []
        self._context, self._gives = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), gives
        self._context.load_cert_chain(self.pem)
        self._context.set_alpn_protocols(["http/1.1"])
        self._listening = socket.create_server((HOST, 0))
        self.url = f"https://{HOST}:{self._listening.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self._listening:
            for admission in self._gives:
                accepted, _ = self._listening.accept()
                self.shown.append(shown_in(accepted.recv(1 << 12, socket.MSG_PEEK)))
                with self._context.wrap_socket(accepted, server_side=True) as secured:
                    assert secured.selected_alpn_protocol() == "http/1.1"
                    secured.recv(1 << 12)
                    head = f"HTTP/1.1 200 OK\r\n{FIELD}: {admission}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                    secured.sendall(head.encode())


def pinned(host: Host, _: pytest.MonkeyPatch) -> HttpLogHostClient:
    return HttpLogHostClient(host.url, "chain", "works", LOG.public, fingerprint=host.fingerprint)


def by_file(host: Host, monkeypatch: pytest.MonkeyPatch) -> HttpLogHostClient:
    monkeypatch.setenv("SSL_CERT_FILE", str(host.pem))
    return HttpLogHostClient(host.url, "chain", "works", LOG.public)


@pytest.mark.parametrize("made", [pinned, by_file])
def test_the_newest_admission_is_shown_in_the_next_handshake_and_what_is_none_is_ignored(
    made: Callable[[Host, pytest.MonkeyPatch], HttpLogHostClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "5f0c1b9a3d7e42868f1d0a6cb2e49735", "0" * 32
    host = Host(tmp_path, [first, second, MALFORMED, first])
    with made(host, monkeypatch) as client:
        for _ in range(4):
            assert client.root_log() == b""
    assert host.shown == ["", first, second, second]


def test_the_authorities_of_this_machine_are_those_that_others_take() -> None:
    mine, theirs = tls_context(None), httpx.create_ssl_context()
    assert mine.get_ca_certs(binary_form=True) == theirs.get_ca_certs(binary_form=True)
    assert (mine.verify_mode, mine.check_hostname) == (theirs.verify_mode, theirs.check_hostname)
