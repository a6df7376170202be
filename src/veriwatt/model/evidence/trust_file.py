"""The trust file: the ledger that a verifier trusts (`trust.json`).

It names one ledger by chain id and genesis hash, and contains one of its headers with the validators that signed it. A
trust file has one rendering, and its last field is the fingerprint of all others, so any changed byte is detected. The
file cannot prove itself: its reader must have it from a trusted source. Spec: docs/spec/trust-file.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, Malformed, WrongFormat
from veriwatt.ids import Digest, check_name
from veriwatt.model.evidence.trusted_cosigners import Cosigner, check_cosigners, parse_cosigners, parse_orgs
from veriwatt.model.evidence.trusted_line import check_line, parse_predecessors, predecessor_fields
from veriwatt.model.ledger.block import Header, Validator, ValidatorSet, header_hash, validators_hash
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import parse_utc, utc_text

TRUST_PERIOD_DAYS = 180
"""The default of the days for which later blocks can be verified from the checkpoint."""

MAX_TRUST_PERIOD_DAYS = 3650
MAX_TRUST_FILE = 1 << 20
FORMAT = "veriwatt trust file 2"
_FORMATS = re.compile(r"veriwatt trust file (\d{1,9})")

_REMEDY = "take the file again from where you got it; `veriwatt ledger trust` writes one"
_FIELDS = (
    "format",
    "chain_id",
    "genesis_hash",
    "machine_version",
    "operator",
    "checkpoint",
    "validators",
    "trust_period_days",
    "predecessors",
    "cosigners",
    "operators",
    "written",
    "fingerprint",
)
_WITHOUT_WITNESSES = tuple(name for name in _FIELDS if name != "operators")
_VALIDATOR = ("key", "power")
_CHECKPOINT = ("height", "time", "header_hash", "root_log_size", "header")

T = TypeVar("T")


class BadTrustFile(BadInput):
    """The file is not a trust file, or was changed after it was written."""

    code = "bad-trust-file"

    def __init__(self, where: str, value: object, why: str) -> None:
        super().__init__(where=where, value=value, why=why, remedy=_REMEDY)


@dataclass(frozen=True, slots=True)
class Trust:
    """The content of a trust file.

    `header` is the checkpoint and `validators` the set of its height; `root_log_size` is the number of root-log leaves
    in its state. `written` is the writer's clock, UTC ms. `cosigners` are the witnesses that the reader believes, and
    `operators` the orgs that run the ledger, of which none counts as a witness; both or neither. `validator_orgs` are
    the orgs of the validators, in the set's order, "" for one of which none is named; empty if none is. `predecessors`
    are the ledgers that this one continues, the eldest first, as its genesis and theirs name them.

    Raises:
        Malformed: the parts are not of one ledger, a number is out of range, or a witness is listed that is none.
    """

    genesis_hash: Digest
    machine_version: int
    header: Header
    validators: ValidatorSet
    root_log_size: int
    written: UtcMillis
    trust_period_days: int = TRUST_PERIOD_DAYS
    cosigners: tuple[Cosigner, ...] = ()
    operators: tuple[str, ...] = ()
    validator_orgs: tuple[str, ...] = ()
    predecessors: tuple[Predecessor, ...] = ()

    def __post_init__(self) -> None:
        if not self.chain_id.endswith("-" + self.genesis_hash.hex()[:16]):
            raise Malformed(f"chain id {self.chain_id} is not one of the genesis {self.genesis_hash}")
        if validators_hash(self.validators) != self.header.validators_hash:
            raise Malformed("the validators are not those of the checkpoint's header")
        if not 1 <= self.trust_period_days <= MAX_TRUST_PERIOD_DAYS:
            raise Malformed(f"a trust period is 1 to {MAX_TRUST_PERIOD_DAYS} days, not {self.trust_period_days}")
        if self.validator_orgs and (
            len(self.validator_orgs) != len(self.validators.validators) or not any(self.validator_orgs)
        ):
            raise Malformed("the orgs of the validators are not one for each")
        check_cosigners(self.cosigners, self.operators, self.validators)
        check_line(self.predecessors, self.header)

    @property
    def chain_id(self) -> str:
        return self.header.chain_id

    @property
    def trust_period_ms(self) -> int:
        return self.trust_period_days * DAY

    @property
    def operator(self) -> str:
        """Who finalises blocks, as text."""
        count, orgs = len(self.validators.validators), sorted(set(self.validator_orgs) - {""})
        if count == 1:
            return "single operator"
        return f"{count} validators" + (f" of {', '.join(orgs)}" if orgs and "" not in self.validator_orgs else "")

    def org_of(self, key: bytes) -> str:
        """The org of the validator with this public key; "" where the file names none."""
        pairs = zip(self.validators.validators, self.validator_orgs, strict=False)
        return next((org for validator, org in pairs if validator.public_key == key), "")

    @property
    def fingerprint(self) -> Digest:
        """SHA-256 of the rendering without its last field, for comparison between two people."""
        return sha256(_text(_content(self)))

    @property
    def short_fingerprint(self) -> str:
        """The first 16 digits of the fingerprint in groups of four, to be read aloud."""
        digits = self.fingerprint.hex()
        return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def render(trust: Trust) -> bytes:
    """The only rendering of this trust file; `parse_trust` reads it back."""
    return _text({**_content(trust), "fingerprint": trust.fingerprint.hex()})


def parse_trust(raw: bytes, where: str = "trust file") -> Trust:
    """The trust file in `raw`.

    Args:
        where: names the file in errors.

    Raises:
        WrongFormat: a trust file of another format.
        BadTrustFile: not JSON, not a trust file, of several ledgers, or not exactly what `render` writes.
    """
    content = _json(raw, where)
    _check_format(content, where)
    values = _object(content, _FIELDS if _names_witnesses(content) else _WITHOUT_WITNESSES, where)
    if values["format"] != FORMAT:
        raise BadTrustFile(f"{where}: format", values["format"], f"it is not {FORMAT!r}")
    checkpoint = _object(values["checkpoint"], _CHECKPOINT, f"{where}: checkpoint")
    read = _Reader(where)
    try:
        trust = Trust(
            genesis_hash=read.field("genesis_hash", values, _digest),
            machine_version=read.field("machine_version", values, _count),
            header=Header.from_bytes(read.field("header", checkpoint, _bytes)),
            validators=ValidatorSet(read.field("validators", values, _validators)),
            root_log_size=read.field("root_log_size", checkpoint, _count),
            written=read.field("written", values, _time),
            trust_period_days=read.field("trust_period_days", values, _count),
            cosigners=read.field("cosigners", values, parse_cosigners),
            operators=read.field("operators", values, parse_orgs) if "operators" in values else (),
            validator_orgs=read.field("validators", values, _orgs_of),
            predecessors=read.field("predecessors", values, parse_predecessors),
        )
    except BadTrustFile:
        raise
    except Malformed as error:
        raise BadTrustFile(where, None, str(error)) from error
    if render(trust) != raw:
        why = "it is not as it was written: a field, the spacing or the fingerprint was changed"
        raise BadTrustFile(where, None, why)
    return trust


def _content(trust: Trust) -> dict[str, object]:
    header = trust.header
    return {
        "format": FORMAT,
        "chain_id": trust.chain_id,
        "genesis_hash": trust.genesis_hash.hex(),
        "machine_version": trust.machine_version,
        "operator": trust.operator,
        "checkpoint": {
            "height": header.height,
            "time": utc_text(header.time_ms),
            "header_hash": header_hash(header).hex(),
            "root_log_size": trust.root_log_size,
            "header": header.to_bytes().hex(),
        },
        "validators": [
            {"key": v.public_key.hex(), "power": v.power, **({"org": org} if org else {})}
            for v, org in zip_longest(trust.validators.validators, trust.validator_orgs)
        ],
        "trust_period_days": trust.trust_period_days,
        "predecessors": [predecessor_fields(each) for each in trust.predecessors],
        "cosigners": [each.fields() for each in trust.cosigners],
        **({"operators": list(trust.operators)} if trust.cosigners else {}),
        "written": utc_text(trust.written),
    }


def _text(content: dict[str, object]) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"


def _json(raw: bytes, where: str) -> object:
    if len(raw) > MAX_TRUST_FILE:
        raise BadTrustFile(where, None, f"a trust file has at most {MAX_TRUST_FILE} bytes, this one {len(raw)}")
    try:
        content: object = json.loads(raw)
        json.dumps(content, ensure_ascii=False).encode()  # an escape may name half a character, which is no text
        return content
    except (ValueError, RecursionError) as error:
        raise BadTrustFile(where, None, f"it is not JSON: {str(error)[:120]}") from error


def _check_format(content: object, where: str) -> None:
    written = content.get("format") if isinstance(content, dict) else None
    match = _FORMATS.fullmatch(written) if isinstance(written, str) else None
    if match and written != FORMAT:
        raise WrongFormat(where, match[1], FORMAT.rsplit(maxsplit=1)[1], _REMEDY)


def _object(value: object, names: tuple[str, ...], where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadTrustFile(where, value, "it is not a JSON object")
    for name in names:
        if name not in value:
            raise BadTrustFile(f"{where}: {name}", None, "the field is missing")
    for name in value:
        if name not in names:
            raise BadTrustFile(f"{where}: {name}", value[name], "unknown field")
    return value


class _Reader:
    """Reads fields one by one; its errors name the field."""

    def __init__(self, where: str) -> None:
        self._where = where

    def field(self, name: str, values: dict[str, object], parse: Callable[[object], T]) -> T:
        try:
            return parse(values[name])
        except Malformed as error:
            raise BadTrustFile(f"{self._where}: {name}", values[name], str(error)) from error


def _digest(value: object) -> Digest:
    return Digest.from_hex(_str(value))


def _bytes(value: object) -> bytes:
    try:
        return bytes.fromhex(_str(value))
    except ValueError:
        raise Malformed("not hexadecimal") from None


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise Malformed("not an integer from 0 to 2^63 - 1")
    return value


def _time(value: object) -> UtcMillis:
    return parse_utc(_str(value))


def _validators(value: object) -> tuple[Validator, ...]:
    if not isinstance(value, list):
        raise Malformed("not a list")
    entries = [_object(each, (*_VALIDATOR, *(("org",) if _names_org(each) else ())), "validator") for each in value]
    return tuple(Validator.of(_bytes(each["key"]), _count(each["power"])) for each in entries)


def _orgs_of(value: object) -> tuple[str, ...]:
    """The orgs of validators that `_validators` parsed."""
    assert isinstance(value, list)
    orgs = tuple(check_name(_str(each["org"]), "org") if _names_org(each) else "" for each in value)
    return orgs if any(orgs) else ()


def _names_org(validator: object) -> bool:
    return isinstance(validator, dict) and "org" in validator


def _names_witnesses(content: object) -> bool:
    return isinstance(content, dict) and content.get("cosigners") != []


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("not a text")
    return value
