"""`veriwatt join`: making the home of an org that follows a ledger of others, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, Malformed, NotFound, Unavailable, printed
from veriwatt.home.home_format import NODE, write_home_format
from veriwatt.home.key_store_file import new_lock
from veriwatt.home.ledger_engine import FollowerEngine, follower_text
from veriwatt.home.owner_keys import new_owner_keys
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import LISTEN, load_settings, settings_text
from veriwatt.ids import Digest, check_name
from veriwatt.ledger.open_ledger import HttpPeer, PeerAddress, PeerFails, create_followed_ledger
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.keys.key_store import Lock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.join_request import JoinRequest, sign_join_request
from veriwatt.model.members.node_record import check_address
from veriwatt.node.tls import NodeTls, certificate_files
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles, check_vacant, new_folder, save
from veriwatt.system.loopback import LOOPBACK_NAMES


def join_home(
    root: Path,
    org: str,
    trust: bytes,
    parsed: Trust,
    peer: str,
    *,
    tls_key: Digest | None = None,
    title: str = "",
    listen: str = LISTEN,
    names: Sequence[str] = (),
    unprotected: bool = False,
    clock: Clock | None = None,
) -> dict[str, str]:
    """Make the home of an org that is not admitted yet: complete and durable on return, or not made at all.

    Args:
        root: where the home is made.
        org: the name that the org will have.
        trust: the trust file as it was given, and `parsed` what it says.
        peer: the address of a node of the ledger; `tls_key` is the key that it must have.
        title: the org's full name.
        listen: where its node will listen.
        names: further host names of the node, for the certificate that is made.
        unprotected: whether the keys are kept without a passphrase.
        clock: gives the time of the request.

    Returns:
        The object that `veriwatt join --json` prints.

    Raises:
        Refused: `root` is not empty, or there is no passphrase and `unprotected` is not set.
        Unavailable: the peer gives no answer.
        BadInput: `peer` is no address, what answers there is no node or has another ledger than that of the trust file,
            or an org of this name founded it. Of those that came later a stranger is proven nothing.
    """
    check_name(org, "org")
    check_vacant(root)
    lock = new_lock(unprotected=unprotected)
    address, genesis = _ask(peer, tls_key, parsed)
    if any(founder.org == org for founder in genesis.founders):
        why, remedy = f"an org of this name founded ledger {genesis.chain_id}", "choose another name"
        raise BadInput(where="--org", value=org, why=why, remedy=remedy)
    with new_folder(root) as building:
        made = _build(HomePaths(building), org, title or org, trust, genesis, address, listen, names, lock, clock)
    paths = HomePaths(root)
    return {"home": str(root), "org": org, "chain_id": genesis.chain_id, "request": str(paths.join_request), **made}


def _ask(url: str, tls_key: Digest | None, trust: Trust) -> tuple[PeerAddress, Genesis]:
    """Who the peer is, and the genesis document of the ledger, which is that of the trust file."""
    try:
        check_address(url)
    except Malformed as error:
        why = "is no address that begins with https://, or with http:// on loopback"
        remedy = "write https://HOST:PORT, as the other node's people give it"
        raise BadInput(where="--peer", value=url, why=why, remedy=remedy) from error
    peer = HttpPeer(PeerAddress("the", "peer", url, tls_key))
    try:
        org, node, raw = peer.introduced()
    except (NotFound, Malformed) as error:
        why, remedy = f"what answers there is no node of a ledger ({error})", "see that the host and the port are right"
        raise BadInput(where="--peer", value=url, why=why, remedy=remedy) from error
    except PeerFails as error:
        remedy = "see that its node runs, and that the address is right"
        raise Unavailable(f"--peer: the node {error.why} (found {printed(url)}); {remedy}") from error
    finally:
        peer.close()
    if sha256(raw) != trust.genesis_hash:
        remedy = f"name a node of ledger {trust.chain_id}"
        raise BadInput(where="--peer", value=url, why="has another ledger than that of the trust file", remedy=remedy)
    return PeerAddress(org, node, url, tls_key), Genesis.from_bytes(raw)


def _build(
    paths: HomePaths,
    org: str,
    title: str,
    trust: bytes,
    genesis: Genesis,
    peer: PeerAddress,
    listen: str,
    names: Sequence[str],
    lock: Lock,
    clock: Clock | None,
) -> dict[str, str]:
    files = DiskFiles()
    files.make_folder(paths.ledger)
    write_home_format(files, paths.root, NODE)
    keys = new_owner_keys(paths, org, lock)
    keys.make_signers(f"member/{org}/{OWNER}", f"log/{org}")
    save(files, paths.genesis, genesis.to_bytes())
    save(files, paths.trust, trust)
    save(files, paths.settings, (settings_text(org, listen) + follower_text(FollowerEngine((peer,)))).encode())
    create_followed_ledger(paths.ledger, genesis)
    called = [*LOOPBACK_NAMES, listen.rpartition(":")[0].strip("[]"), *names]
    tls = NodeTls(certificate_files(paths, load_settings(paths.settings)), [*dict.fromkeys(called)])
    owner, now = keys.member(org, OWNER), (clock or SystemClock()).now()
    request = JoinRequest(genesis.chain_id, org, title, owner.public, tls.facts.key, now)
    save(files, paths.join_request, sign_join_request(request, owner))
    return {"owner_key": owner.public.raw.hex(), "tls_key": tls.facts.key.hex()}
