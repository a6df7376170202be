"""A member's request to a node: signed over the node, the door, a nonce, the time and the body.

    payload = [2, chain, to org, to node, door, org, member, nonce, time, SHA-256 of the body]
    signed request = [request: bstr, body: bstr]

The request is a COSE_Sign1. One format for every door that changes something. Spec: docs/spec/peers.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.encoding import FORMAT, Fields, Sign1, Value, decode, encode, parse_sign1
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.terminals.signed_record import sign_record, verify_record
from veriwatt.units import UtcMillis

REQUEST_TYPE = "veriwatt/member-request"
MAX_REQUEST = 1 << 10
"""Bytes of a request without its body: the names have at most 64 each."""

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Door:
    """What is asked of which node: a request for one door is none for any other."""

    chain: str
    org: str
    node: str
    name: str


@dataclass(frozen=True, slots=True)
class MemberRequest:
    """What a member signs. `nonce` is 16 bytes that the member never uses twice."""

    door: Door
    org: str
    member: str
    nonce: bytes
    time: UtcMillis
    body: Digest

    def fields(self) -> list[Value]:
        to = self.door
        who: list[Value] = [to.chain, to.org, to.node, to.name, self.org, self.member]
        return [FORMAT, *who, self.nonce, self.time, self.body]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A parsed request with its body, which has the digest that was signed; the signature is not yet verified."""

    request: MemberRequest
    envelope: Sign1
    body: bytes

    def check_signed_by(self, key: PublicKey) -> None:
        """Raises Malformed or BadSignature unless `key` signed the request."""
        verify_record(self.envelope, REQUEST_TYPE, key, f"the request of {self.request.org}/{self.request.member}")


def sign_request(
    signer: Signer, door: Door, org: str, member: str, nonce: bytes, time: UtcMillis, body: bytes
) -> bytes:
    """The signed request with its body, ready to send."""
    payload = encode(MemberRequest(door, org, member, nonce, time, sha256(body)).fields())
    return encode([sign_record(signer, REQUEST_TYPE, payload), body])


def parse_request(raw: bytes, body_limit: int) -> SignedRequest:
    """Step 1: the request in canonical form, with the body that was signed; raises Malformed."""
    outer = Fields(decode(raw, "signed request"), "signed request", 2)
    envelope = parse_sign1(outer.bytes("request", MAX_REQUEST), "member request")
    body = outer.bytes("body", body_limit)
    f = Fields.versioned(decode(envelope.payload, "member request"), "member request", 10)
    door = Door(f.text("chain", 50), f.name("to org"), f.name("to node"), f.name("door"))
    org, member, nonce = f.name("org"), f.name("member"), f.bytes("nonce", NONCE_BYTES)
    request = MemberRequest(door, org, member, nonce, f.uint("time"), f.digest("body", Digest))
    if len(nonce) != NONCE_BYTES or request.body != sha256(body):
        raise Malformed("member request: a nonce of another length, or a body other than the signed one")
    return SignedRequest(request, envelope, body)
