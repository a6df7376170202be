"""A transaction: one signed request to change the ledger's state.

    payload = [2, chain, org, member, client id, expiry height, kind, body]

It is sent as a COSE_Sign1 with content type "veriwatt/transaction" and the id of the member's key. The digest hashes
the signed bytes, not the envelope. Spec: docs/spec/transaction.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, Generic, NamedTuple, Protocol, Self, TypeVar

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.crypto.suites.registry import SUITES
from veriwatt.encoding import FORMAT, Shape, Sign1, Value, decode, encode, protected_header, to_be_signed
from veriwatt.encoding.cose import sign1_in
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, KeyId, check_name, of_fixed_length

CONTENT_TYPE = "veriwatt/transaction"
CLIENT_ID_LENGTH = 16
MAX_CHAIN_ID = 50


class Body(Protocol):
    """The body of a transaction: each kind has its own frozen record with the name of the kind."""

    kind: ClassVar[str]

    def fields(self) -> list[Value]: ...

    @classmethod
    def parse(cls, value: object) -> Self:
        """Parse a decoded value; raises Malformed for any other shape."""
        ...


class BodyOfKind(Protocol):
    """The part of a registry entry that parsing needs."""

    @property
    def body(self) -> type[Body]: ...


B_co = TypeVar("B_co", bound=Body, covariant=True)

_PAYLOAD = Shape(
    "transaction", version=int, chain=str, org=str, member=str, client_id=bytes, expiry=int, kind=str, body=list
)


class Transaction(NamedTuple, Generic[B_co]):
    """A parsed transaction; its signature is not yet verified.

    `algorithm` and `key_id` are unverified statements of the envelope; `digest`, SHA-256 of the `signed` bytes,
    identifies the transaction.
    """

    chain: str
    org: str
    member: str
    client_id: bytes
    expiry: int
    kind: str
    body: B_co
    algorithm: int
    key_id: KeyId
    digest: Digest
    signed: bytes
    signature: bytes


def sign_transaction(
    signer: Signer, chain: str, org: str, member: str, client_id: bytes, expiry: int, body: Body
) -> bytes:
    """The signed transaction, ready to submit. `client_id` is 16 bytes that the member never uses twice.

    `expiry` is the last height at which it may be executed.
    """
    payload = encode([FORMAT, chain, org, member, client_id, expiry, body.kind, body.fields()])
    protected = protected_header(signer.public.suite.cose_algorithm, CONTENT_TYPE, signer.public.key_id)
    return Sign1(protected, payload, signer.sign(to_be_signed(protected, payload))).to_bytes()


def parse_transaction(raw: bytes, kinds: Mapping[str, BodyOfKind]) -> Transaction[Body]:
    """Parse a transaction; its signature is not yet verified.

    Args:
        raw: the envelope as sent.
        kinds: the kinds by name, from the machine's registry.

    Raises:
        Malformed: `raw` is not the canonical encoding of a transaction of these kinds.
    """
    envelope = sign1_in(raw, "transaction")
    algorithm = algorithm_in(envelope.protected, CONTENT_TYPE, "transaction")
    payload = decode(envelope.payload, "transaction payload")
    _, chain, org, member, client_id, expiry, kind, body = _PAYLOAD.check(payload)
    if len(chain) > MAX_CHAIN_ID or not 0 <= expiry <= MAX_INT:
        raise Malformed("transaction: chain id too long, or expiry out of range")
    if len(client_id) != CLIENT_ID_LENGTH:
        raise Malformed(f"transaction: client id is not {CLIENT_ID_LENGTH} bytes")
    if kind not in kinds:
        raise Malformed(f"transaction: unknown kind {kind[:32]!r}; known: {' '.join(kinds)}")
    signed = envelope.signed_bytes()
    return Transaction(
        chain,
        check_name(org, "transaction: org"),
        check_name(member, "transaction: member"),
        client_id,
        expiry,
        kind,
        kinds[kind].body.parse(body),
        algorithm,
        of_fixed_length(KeyId, envelope.protected[-KeyId.LENGTH :]),
        sha256(signed),
        signed,
        envelope.signature,
    )


def digest_in(raw: bytes) -> Digest:
    """The digest of a transaction of any kind, known or not; raises Malformed unless `raw` is an envelope."""
    return sha256(sign1_in(raw, "transaction").signed_bytes())


def algorithm_in(protected: bytes, content_type: str, what: str) -> int:
    """The COSE algorithm in a canonical protected header of this content type.

    Raises:
        Malformed: the header is any other; the message names `what`.
    """
    head = protected[: -KeyId.LENGTH]
    for suite in SUITES.values():
        if head == protected_head(suite.cose_algorithm, content_type):
            return suite.cose_algorithm
    raise Malformed(f"{what}: the protected header is not that of a {content_type}")


@lru_cache(16)
def protected_head(algorithm: int, content_type: str) -> bytes:
    """The canonical protected header without the key id, its last 32 bytes."""
    return protected_header(algorithm, content_type, bytes(KeyId.LENGTH))[: -KeyId.LENGTH]
