"""X.509 certificates of TLS: making one that signs itself, and reading fingerprint and end of any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    GeneralName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    load_der_x509_certificate,
    load_pem_x509_certificates,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.units import DAY, SECOND, UtcMillis

SELF_MADE_DAYS = 3650
"""Days that a self-made certificate is valid: clients pin it, so its end protects nobody and would only stop them."""

_FINGERPRINT = re.compile(r"(?:sha256:)?((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})", re.IGNORECASE)


def make_certificate(names: Sequence[str], now: UtcMillis) -> tuple[bytes, bytes]:
    """A certificate for these host names and addresses, signed by its own new P-256 key.

    P-256 because browsers take no Ed25519 certificate.

    Returns:
        the certificate and its private key, unencrypted, both in PEM.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    whose = Name([NameAttribute(NameOID.COMMON_NAME, "Veriwatt node")])
    begin = datetime.fromtimestamp((now - DAY) // SECOND, UTC)
    made = (
        CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=SELF_MADE_DAYS))
        .add_extension(SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_end(pem: bytes) -> UtcMillis:
    """When the first certificate of a PEM file ends; raises Malformed when there is none."""
    return int(_first(pem).not_valid_after_utc.timestamp()) * SECOND


def certificate_fingerprint(pem: bytes) -> Digest:
    """SHA-256 of the first certificate of a PEM file in DER; raises Malformed when there is none."""
    return sha256(_first(pem).public_bytes(Encoding.DER))


def certificate_key(der: bytes) -> Digest:
    """SHA-256 of the public key (SubjectPublicKeyInfo) of a certificate in DER; raises Malformed when it is none."""
    try:
        key = load_der_x509_certificate(der).public_key()
    except ValueError as error:
        raise Malformed("no certificate in DER") from error
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def certificate_file_key(pem: bytes) -> Digest:
    """`certificate_key` of the first certificate of a PEM file; raises Malformed when there is none."""
    return certificate_key(_first(pem).public_bytes(Encoding.DER))


def fingerprint_text(fingerprint: Digest) -> str:
    """As the node prints it and as terminal.toml takes it."""
    return f"sha256:{fingerprint.hex()}"


def parse_fingerprint(text: str) -> Digest:
    """64 hexadecimal digits, with or without `sha256:` before and colons between them; raises Malformed."""
    match = _FINGERPRINT.fullmatch(text)
    if match is None:
        raise Malformed("is no SHA-256 fingerprint")
    return Digest(bytes.fromhex(match[1].replace(":", "")))


def _first(pem: bytes) -> Certificate:
    try:
        return load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise Malformed("no certificate in PEM") from error


def _general_name(name: str) -> GeneralName:
    try:
        return IPAddress(ip_address(name))
    except ValueError:
        return DNSName(name)
