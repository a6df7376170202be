"""A bundle: signed transactions of any members, carried through consensus as one, signed by the relay that collected
them.

    payload = [2, chain, org, member, expiry height, [transaction ...]]
    data    = [2, [result ...]]                its result: one for each transaction
    result  = code | [code, height]            the code alone: executed by this bundle

It is sent as a COSE_Sign1 with content type "veriwatt/bundle". Spec: docs/spec/bundle.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.crypto.suites.registry import SUITES
from veriwatt.encoding import FORMAT, Fields, Shape, Sign1, Value, decode, encode, protected_header, to_be_signed
from veriwatt.encoding.cose import byte_string, sign1_in
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, KeyId, check_name, of_fixed_length
from veriwatt.model.ledger.transaction import MAX_CHAIN_ID, algorithm_in, protected_head

CONTENT_TYPE = "veriwatt/bundle"

MOST_TRANSACTIONS = 64

MOST_BYTES = 1 << 17
"""Of the whole envelope."""

BUNDLE_HORIZON = 100
"""The most blocks for which a bundle is valid."""

_PAYLOAD = Shape("bundle", version=int, chain=str, org=str, member=str, expiry=int, transactions=list)


class Bundle(NamedTuple):
    """A parsed bundle; its signature is not yet verified, and its transactions are not yet parsed."""

    chain: str
    org: str
    member: str
    expiry: int
    transactions: tuple[bytes, ...]
    algorithm: int
    key_id: KeyId
    digest: Digest
    signed: bytes
    signature: bytes


class CarriedResult(NamedTuple):
    """The result of one transaction of an executed bundle.

    `height` is None if this bundle executed it, 0 if nothing did, else the block that executed it before: maybe this
    one, by an earlier item.
    """

    code: str
    height: int | None


def sign_bundle(signer: Signer, chain: str, org: str, member: str, expiry: int, transactions: Sequence[bytes]) -> bytes:
    """The bundle of these transactions, ready to submit."""
    payload = encode([FORMAT, chain, org, member, expiry, list(transactions)])
    protected = protected_header(signer.public.suite.cose_algorithm, CONTENT_TYPE, signer.public.key_id)
    return Sign1(protected, payload, signer.sign(to_be_signed(protected, payload))).to_bytes()


def is_bundle(raw: bytes) -> bool:
    """Whether `raw` can only be a bundle: its envelope begins with the protected header of one."""
    return raw.startswith(_BEGINNINGS)


def parse_bundle(raw: bytes) -> Bundle:
    """Parse a bundle; nothing in it is verified.

    Raises:
        Malformed: `raw` is not the canonical encoding of a bundle of 1 to 64 byte strings.
    """
    envelope = sign1_in(raw, "bundle")
    algorithm = algorithm_in(envelope.protected, CONTENT_TYPE, "bundle")
    _, chain, org, member, expiry, transactions = _PAYLOAD.check(decode(envelope.payload, "bundle payload"))
    if len(chain) > MAX_CHAIN_ID or not 0 <= expiry <= MAX_INT:
        raise Malformed("bundle: chain id too long, or expiry out of range")
    if not 1 <= len(transactions) <= MOST_TRANSACTIONS or not all(type(each) is bytes for each in transactions):
        raise Malformed(f"bundle: it is not 1 to {MOST_TRANSACTIONS} byte strings")
    signed = envelope.signed_bytes()
    return Bundle(
        chain,
        check_name(org, "bundle: org"),
        check_name(member, "bundle: member"),
        expiry,
        tuple(transactions),
        algorithm,
        of_fixed_length(KeyId, envelope.protected[-KeyId.LENGTH :]),
        sha256(signed),
        signed,
        envelope.signature,
    )


def results_data(results: Iterable[CarriedResult]) -> bytes:
    """The data of an executed bundle's result, the same on every node."""
    entries: list[Value] = [code if height is None else [code, height] for code, height in results]
    return encode([FORMAT, entries])


def parse_results_data(raw: bytes) -> tuple[CarriedResult, ...]:
    """Parse the data of a bundle's result.

    Raises:
        Malformed: `raw` is not the canonical encoding of 1 to 64 results.
    """
    results = Fields.versioned(decode(raw, "bundle results"), "bundle results", 2).each("results", _carried_result)
    if not 1 <= len(results) <= MOST_TRANSACTIONS:
        raise Malformed(f"bundle results: they are not 1 to {MOST_TRANSACTIONS}")
    return results


def _carried_result(value: object) -> CarriedResult:
    alone = not isinstance(value, list)
    f = Fields([value] if alone else value, "bundle result", 1 if alone else 2)
    return CarriedResult(f.text("code", 64), None if alone else f.uint("height"))


_BEGINNINGS = tuple(
    (b"\x84" + byte_string(protected_head(suite.cose_algorithm, CONTENT_TYPE) + bytes(KeyId.LENGTH)))[: -KeyId.LENGTH]
    for suite in SUITES.values()
)
