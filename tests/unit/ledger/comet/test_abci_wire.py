from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

import veriwatt.ledger.comet
from veriwatt.errors import Malformed
from veriwatt.ledger.comet import abci_pb2
from veriwatt.ledger.comet.wire import MESSAGE_LIMIT, Messages, framed

PROTO = Path(veriwatt.ledger.comet.__file__).with_name("abci.proto")


@given(st.lists(st.binary(max_size=300)), st.data())
def test_a_stream_is_cut_into_its_messages_whatever_its_pieces(sent: list[bytes], data: st.DataObject) -> None:
    stream, messages = b"".join(map(framed, sent)), Messages()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [message for piece in pieces for message in messages.feed(piece)] == sent


@pytest.mark.parametrize(
    "head", [b"\xff\xff\xff\xff\xff", b"\x80\x80\x80\x80\x80\x01", framed(b"")[:0] + b"\xff\xff\xff\x7f"]
)
def test_a_length_beyond_the_limit_is_refused_before_its_message_comes(head: bytes) -> None:
    with pytest.raises(Malformed):
        list(Messages().feed(head))
    assert MESSAGE_LIMIT < (1 << 28) - 1


def test_the_committed_code_is_that_of_the_proto_file() -> None:
    """So that nobody changes one without the other; `scripts/proto.sh` writes the code anew."""
    stated: dict[tuple[str, int], tuple[str, str]] = {}
    message = ""
    for line in PROTO.read_text().splitlines():
        if found := re.match(r"message (\w+) \{", line):
            message = found[1]
        elif found := re.match(r"\s+(repeated )?(\w+) (\w+) = (\d+);", line):
            stated[message, int(found[4])] = (found[3], (found[1] or "") + found[2])
    assert stated == {
        (name, field.number): (field.name, _type_of(field))
        for name, each in abci_pb2.DESCRIPTOR.message_types_by_name.items()
        for field in _fields(each)
    }


def _fields(message: Descriptor) -> list[FieldDescriptor]:
    return list(message.fields)


def _type_of(field: FieldDescriptor) -> str:
    names = {
        FieldDescriptor.TYPE_BYTES: "bytes",
        FieldDescriptor.TYPE_STRING: "string",
        FieldDescriptor.TYPE_INT32: "int32",
        FieldDescriptor.TYPE_INT64: "int64",
        FieldDescriptor.TYPE_UINT32: "uint32",
        FieldDescriptor.TYPE_UINT64: "uint64",
    }
    other = field.message_type or field.enum_type
    return "repeated " * field.is_repeated + (names[field.type] if other is None else other.name)
