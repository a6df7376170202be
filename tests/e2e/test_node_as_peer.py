"""A real node serves the ledger of its home over TLS to a follower, which knows it by the key in its node record."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.cli_home import Cli
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.home.owner_keys import open_owner_keys
from veriwatt.home.paths import HomePaths
from veriwatt.ids import Digest
from veriwatt.ledger.follower.peers import NoPeerAnswers
from veriwatt.ledger.open_ledger import FollowedLedger, PeerAddress, Submitter, follow_ledger, registered_peer
from veriwatt.machine.members import queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.model.ledger.peer_answers import SESSION_HEADER
from veriwatt.model.members.node_record import RegisterNode
from veriwatt.node.init_home import init_home
from veriwatt.ports.ledger import check_fresh
from veriwatt.system.clock import SystemClock
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import sim_key
from veriwatt.testing.node_process import CLI
from veriwatt.verify.light_block import verify_commit

ORG = "works"


class ServedOverTls:
    """A home that a node serves over TLS, and what a follower of it needs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "home"
        init_home(self.root, ORG, unprotected=True)
        paths = HomePaths(self.root)
        self.owner: Signer = open_owner_keys(paths).member(ORG, OWNER)
        self.trust: Trust = parse_trust(paths.trust.read_bytes())
        self.url = f"https://127.0.0.1:{free_port()}"

    @contextmanager
    def up(self) -> Iterator[None]:
        at = self.url.removeprefix("https://")
        command = [*CLI, "node", "run", "--home", str(self.root), "--listen", at, "--tls"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            try:
                yield
            finally:
                process.terminate()

    def key(self) -> Digest:
        """The key of the node's certificate, as its org's people read it."""
        shown = Cli(self.folder).ask("node", "certificate", "--home", self.root)
        return Digest(bytes.fromhex(shown["key"]))

    @contextmanager
    def follow(self, key: Digest, node: str = "main") -> Iterator[FollowedLedger]:
        submitter, peer = Submitter(ORG, OWNER, self.owner), PeerAddress(ORG, node, self.url, key)
        with follow_ledger(self.folder / "follower", self.trust, [peer], submitter, SystemClock()) as ledger:
            yield ledger


@pytest.fixture
def served(tmp_path: Path) -> ServedOverTls:
    return ServedOverTls(tmp_path)


def test_a_follower_reads_and_submits_over_tls_and_learns_the_key_from_the_ledger(served: ServedOverTls) -> None:
    with served.up(), served.follow(served.key()) as ledger:
        check_fresh(ledger.head(), SystemClock().now())
        assert [each.org for each in queries.organisations(ledger)] == [ORG]
        assert registered_peer(ledger, ORG, "main") is None
        verify_commit(ledger.light_block(ledger.head().height - 1), ledger.chain_id)
        assert [each.result.code for each in ledger.executed()] == ["ok"]
        client = MemberClient(ledger, ORG, OWNER, served.owner, lambda n: sha256(bytes([n]))[:n])
        client.submit(RegisterNode("main", (served.url,), served.key(), ("follow", "relay")))
        assert registered_peer(ledger, ORG, "main") == PeerAddress(ORG, "main", served.url, served.key())


def test_nothing_is_sent_to_another_key_than_the_pinned_one(served: ServedOverTls) -> None:
    with served.up():
        stranger = served.follow(sha256(b"the key of a stranger"))
        with pytest.raises(NoPeerAnswers, match="the TLS key at the address of peer works/main is"), stranger:
            pass
        with served.follow(served.key()) as ledger:
            assert ledger.head().height > 0


def test_a_request_for_another_node_is_refused(served: ServedOverTls) -> None:
    with served.up(), served.follow(served.key(), node="spare") as ledger:
        client = MemberClient(ledger, ORG, OWNER, served.owner, bytes)
        with pytest.raises(NoPeerAnswers, match="this is door 'session' of works/main"):
            client.submit(RegisterNode("main", (served.url,), served.key(), ("follow",)))


def test_a_peer_without_tls_is_left_alone_where_a_key_is_pinned(served: ServedOverTls) -> None:
    program = "import http.server as s; s.test(s.SimpleHTTPRequestHandler, port=%s, bind='127.0.0.1')"
    port = served.url.rpartition(":")[2]
    with subprocess.Popen([sys.executable, "-c", program % port], stdout=-3, stderr=-3) as process:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
        with pytest.raises(NoPeerAnswers, match="gives no answer"), served.follow(sha256(b"a key")):
            pass
        process.terminate()


def test_a_stranger_reads_heads_and_no_records(served: ServedOverTls) -> None:
    questions = [("GET", "transactions?height=1"), ("GET", "log?height=1&log=00&start=0"), ("GET", "parts?height=1")]
    questions += [("POST", "state"), ("POST", "parts")]
    with served.up(), httpx.Client(base_url=f"{served.url}/api/v1/peer/", verify=False) as client:
        assert [client.get(door).status_code for door in ("genesis", "head", "block?height=1")] == [200, 200, 200]
        for token in ("", "00" * 32):
            answers = [client.request(*each, headers={SESSION_HEADER: token}) for each in questions]
            assert {(each.status_code, each.json()["title"]) for each in answers} == {(401, "peer session needed")}
        assert client.post("submit", content=b"\x80").status_code == 400


def test_a_key_that_is_no_members_opens_no_session(served: ServedOverTls) -> None:
    served.owner = sim_key("a stranger")
    with served.up(), served.follow(served.key()) as ledger:
        assert ledger.head().height > 0
        with pytest.raises(NoPeerAnswers):
            ledger.get(b"org/works")
