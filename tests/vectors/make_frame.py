"""Writes frame.json: one frame from its columns to its upload, each step shown, after docs/spec/frame.md."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import content_keys
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import tree_root
from veriwatt.model.frames.build import FrameContent, FrameContext, FrameSender, GroupSlots, build_frame
from veriwatt.model.frames.columns import Column, leaves, pack
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.frames.sealed_group import FrameIdentity, leaf_salt, salted_leaf_hash
from veriwatt.units import MINUTE, Interval

SEED, WINDOW_KEY, NONCE = bytes(range(32)), bytes(range(32, 64)), bytes(range(12))
WINDOW = Interval(1_767_225_600_000, 1_767_225_600_000 + 60 * MINUTE)
IDENTITY = FrameIdentity(1, "acme", "t1", FrameNumber(0, 7), WINDOW, 2)
GROUP, DEFINITIONS = "main", Digest(bytes([0xD0]) * 32)
VALUES = {"import": [120, 125, None, 140], "temperature": [-3, 0, None, None]}
STATUSES = {"import": [1, 1, 4, 2], "temperature": [1, 1, 4, 0]}


def columns() -> list[Column]:
    starts = WINDOW.start + 15 * MINUTE * np.arange(4)
    return [
        Column(
            point,
            starts,
            starts + 15 * MINUTE,
            np.array([value or 0 for value in values]),
            np.array(STATUSES[point], np.uint8),
        )
        for point, values in VALUES.items()
    ]


def vectors() -> dict[str, object]:
    made, keys = columns(), content_keys(WINDOW_KEY, IDENTITY.context(GROUP))
    signer = Ed25519Signer(SEED)
    sender = FrameSender("sim-0123456789abcdef", "acme", "t1", 2, signer.public)
    context = FrameContext(WINDOW.end + 5, Meter(), 9, Digest(bytes([0xBB]) * 32), ClockState("ntp", -3, 20))
    content = FrameContent(WINDOW, (GroupSlots(GROUP, 1, DEFINITIONS, made, WINDOW_KEY),))
    unsigned = build_frame(sender, IDENTITY.number, FrameId(bytes([0xAA]) * 32), content, context, lambda _: NONCE)
    (entry,), (payload,) = unsigned.header.groups, unsigned.payloads
    upload = unsigned.sign(signer)
    frame, each = parse_frame(upload), list(leaves(made))
    envelope = frame.envelope
    hashes = [salted_leaf_hash(leaf_salt(keys, at), leaf.to_bytes()) for at, leaf in enumerate(each)]
    packed, plain_size = pack(made)
    return {
        "values": VALUES,
        "statuses": STATUSES,
        "window_key": WINDOW_KEY.hex(),
        "nonce": NONCE.hex(),
        "key_seed": SEED.hex(),
        "public_key": signer.public.raw.hex(),
        "context": IDENTITY.context(GROUP).hex(),
        "aad": IDENTITY.aad(GROUP).hex(),
        "content_key": keys.content_key.hex(),
        "commitment": keys.commitment.hex(),
        "leaves": [leaf.to_bytes().hex() for leaf in each],
        "salts": [leaf_salt(keys, at).hex() for at in range(len(each))],
        "leaf_hashes": [one.hex() for one in hashes],
        "column_root": tree_root(hashes).hex(),
        "status_runs": entry.statuses.hex(),
        "spans": [list(span) for span in entry.spans],
        "packed": packed.hex(),
        "plain_size": plain_size,
        "payload": payload.hex(),
        "payload_hash": entry.payload_hash.hex(),
        "header": unsigned.header.to_bytes().hex(),
        "protected": envelope.protected.hex(),
        "signed_bytes": envelope.signed_bytes().hex(),
        "signature": envelope.signature.hex(),
        "frame_id": frame.frame_id.hex(),
        "log_leaf_data": (frame.frame_id + sha256(frame.signature)).hex(),
        "log_leaf_hash": frame.leaf.hex(),
        "upload": upload.hex(),
    }


if __name__ == "__main__":
    Path(__file__).with_name("frame.json").write_text(json.dumps(vectors(), indent=1) + "\n")
