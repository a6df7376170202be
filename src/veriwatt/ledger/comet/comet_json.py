"""Headers, commits and validators from the JSON of CometBFT's RPC; they are parsed here and verified elsewhere."""

from __future__ import annotations

import base64
import binascii
import re
from calendar import timegm
from collections.abc import Mapping, Sequence
from typing import Any

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.ledger.block import (
    BlockId,
    Commit,
    CommitSig,
    Header,
    LightBlock,
    Timestamp,
    Validator,
    ValidatorSet,
    VoteFlag,
)

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")

Json = Mapping[str, Any]


def light_block(signed_header: Json, validators: Sequence[Json]) -> LightBlock:
    """The light block in the answers of `commit` and `validators`.

    Raises:
        Malformed: they are of another shape.
    """
    try:
        return LightBlock(
            _header(signed_header["header"]),
            _commit(signed_header["commit"]),
            ValidatorSet(tuple(map(_validator, validators))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise Malformed(f"CometBFT's answer is no light block: {error!r}") from error


def timestamp(text: str) -> Timestamp:
    """A time of Go, to the nanosecond; raises Malformed for any other text."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Malformed(f"CometBFT's time {text!r} is not RFC 3339 in UTC")
    seconds = timegm(tuple(int(each) for each in found.groups()[:6]))
    return Timestamp(seconds, int((found[7] or "").ljust(9, "0")))


def _header(j: Json) -> Header:
    version = j["version"]
    return Header(
        version_block=int(version["block"]),
        version_app=int(version.get("app", 0)),
        chain_id=j["chain_id"],
        height=int(j["height"]),
        time=timestamp(j["time"]),
        last_block_id=_block_id(j["last_block_id"]) if j["last_block_id"]["hash"] else None,
        last_commit_hash=_digest(j["last_commit_hash"]),
        data_hash=_digest(j["data_hash"]),
        validators_hash=_digest(j["validators_hash"]),
        next_validators_hash=_digest(j["next_validators_hash"]),
        consensus_hash=_digest(j["consensus_hash"]),
        app_hash=bytes.fromhex(j["app_hash"]),
        last_results_hash=_digest(j["last_results_hash"]),
        evidence_hash=_digest(j["evidence_hash"]),
        proposer_address=bytes.fromhex(j["proposer_address"]),
    )


def _commit(j: Json) -> Commit:
    votes = tuple(map(_vote, j["signatures"]))
    return Commit(int(j["height"]), int(j["round"]), _block_id(j["block_id"]), votes)


def _vote(j: Json) -> CommitSig:
    flag = VoteFlag(j["block_id_flag"])
    if flag is VoteFlag.ABSENT:
        return CommitSig.absent()
    signature = base64.b64decode(j["signature"], validate=True)
    return CommitSig(flag, bytes.fromhex(j["validator_address"]), timestamp(j["timestamp"]), signature)


def _validator(j: Json) -> Validator:
    key = base64.b64decode(j["pub_key"]["value"], validate=True)
    return Validator(bytes.fromhex(j["address"]), key, int(j["voting_power"]))


def _block_id(j: Json) -> BlockId:
    parts = j["parts"]
    return BlockId(_digest(j["hash"]), int(parts["total"]), _digest(parts["hash"]))


def _digest(text: str) -> Digest:
    return Digest.from_hex(text.lower())
