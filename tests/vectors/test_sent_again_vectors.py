"""The request of the vectors says what the vectors say, in its one spelling, and no other request passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_sent_again import vectors
from veriwatt.errors import Malformed
from veriwatt.model.chain.sent_again import SentAgainRequest
from veriwatt.model.frames.frame import parse_frame
from veriwatt.testing.hosts import LOG_KEY

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("sent_again.json").read_text(encoding="utf-8"))
REQUEST = bytes.fromhex(SAID["request"])


def test_the_request_holds_the_note_and_each_frame_with_its_receipt() -> None:
    request = SentAgainRequest.from_bytes(REQUEST)
    assert request.to_bytes() == REQUEST
    assert request.note == SAID["note"]
    assert [each.upload.hex() for each in request.sent] == [each["upload"] for each in SAID["sent"]]
    assert [each.receipt.position for each in request.sent] == [each["position"] for each in SAID["sent"]]


def test_each_receipt_proves_the_position_of_its_frame() -> None:
    origin = SAID["note"].split("\n")[0]
    for each in SentAgainRequest.from_bytes(REQUEST).sent:
        checkpoint = each.receipt.verify(parse_frame(each.upload).leaf, origin, LOG_KEY.public)
        assert each.receipt.position < checkpoint.size <= SAID["size"]


@pytest.mark.parametrize("name", SAID["refused"])
def test_a_malformed_request_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        SentAgainRequest.from_bytes(bytes.fromhex(SAID["refused"][name]))


def test_the_vectors_equal_the_generated_ones() -> None:
    assert json.loads(json.dumps(vectors())) == SAID
