"""Writes sent_again.json: a terminal's request that shows a checkpoint, and sends two frames again."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from veriwatt.encoding import Value, encode
from veriwatt.loghost.accept import Accepted
from veriwatt.model.chain.sent_again import SentAgain, SentAgainRequest
from veriwatt.testing.hosts import LOG_KEY, ORG, SimHost

OUT = Path(__file__).with_name("sent_again.json")
FRAMES = 3


def vectors() -> dict[str, object]:
    """Three frames are accepted one by one; the last two come back."""
    with TemporaryDirectory() as folder:
        host = SimHost(Path(folder))
        sent = []
        for upload in [host.frame() for _ in range(FRAMES)]:
            batch = host.offer(upload)
            (outcome,) = batch.outcomes
            assert isinstance(outcome, Accepted)
            sent.append(SentAgain(upload, host.acceptance.receipt(outcome.position, batch)))
        request = SentAgainRequest(batch.note, tuple(sent[1:]))
        root = host.chain.root()
        host.close()
    first = [request.sent[0].upload, request.sent[0].receipt.to_bytes()]
    refused: dict[str, Value] = {
        "one field more": [request.note, [], None],
        "a note that is no text": [b"note", []],
        "a frame without its receipt": [request.note, [first[:1]]],
        "a receipt that is an array": [request.note, [[first[0], [request.note, 1, []]]]],
    }
    return {
        "org": ORG,
        "log_key": LOG_KEY.public.raw.hex(),
        "request": request.to_bytes().hex(),
        "note": request.note,
        "sent": [
            {"upload": each.upload.hex(), "receipt": each.receipt.to_bytes().hex(), "position": each.receipt.position}
            for each in request.sent
        ],
        "size": FRAMES,
        "root": root.hex(),
        "refused": {name: encode(fields).hex() for name, fields in refused.items()},
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
