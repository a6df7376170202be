"""What an org that joins a ledger gives to those who admit it, signed with the key of its owner.

    payload = [2, chain, org, title, suite, owner key, TLS key of its node | null, time]

A COSE_Sign1 of content type "veriwatt/join-request". It changes nothing: members admit the org.
Spec: docs/spec/peers.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey, Signer, parse_public_key
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode, parse_sign1
from veriwatt.ids import Digest
from veriwatt.model.terminals.signed_record import sign_record, verify_record
from veriwatt.units import UtcMillis

JOIN_TYPE = "veriwatt/join-request"
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """The org, its owner's public key, and the key by which its node will be known."""

    chain: str
    org: str
    title: str
    owner: PublicKey
    tls_key: Digest | None
    time: UtcMillis


def sign_join_request(request: JoinRequest, owner: Signer) -> bytes:
    """The request as it is given to members; `owner` has the private key of `request.owner`."""
    key = request.owner
    payload: list[Value] = [
        FORMAT,
        request.chain,
        request.org,
        request.title,
        key.suite.number,
        key.raw,
        request.tls_key,
    ]
    return sign_record(owner, JOIN_TYPE, encode([*payload, request.time]))


def parse_join_request(raw: bytes) -> JoinRequest:
    """The request in `raw`, whose signature verifies under the key that it names.

    Raises:
        Malformed: it is no request. BadSignature: whoever made it does not have the owner's key.
    """
    envelope = parse_sign1(raw, "join request")
    f = Fields.versioned(decode(envelope.payload, "join request"), "join request", 8)
    chain, org, title = f.text("chain", 50), f.name("org"), f.text("title", MAX_TITLE)
    owner = parse_public_key(f.uint("suite"), f.bytes("owner key"))
    request = JoinRequest(chain, org, title, owner, f.optional(_digest), f.uint("time"))
    verify_record(envelope, JOIN_TYPE, owner, f"the join request of {org}")
    return request


def _digest(value: object) -> Digest:
    return Fields([value], "join request: TLS key", 1).digest("TLS key", Digest)
