"""Frames of several orgs in one batch: each goes to the data chain of its org, or is refused."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import numpy as np

from veriwatt.ids import Digest
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import add_org, host_org
from veriwatt.model.frames.build import FrameContent, FrameSender, GroupSlots, build_frame
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.number import FIRST_NUMBER, NO_FRAME
from veriwatt.model.frames.origin import Meter
from veriwatt.model.terminals.enrolment import enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.node.node_service import NodeService
from veriwatt.testing.actors import sim_key
from veriwatt.units import HOUR, Interval


def test_frames_of_an_org_without_a_data_chain_here_and_unparsable_uploads_are_refused(tmp_path: Path) -> None:
    root, owner = tmp_path / "home", sim_key("owner of others")
    init_home(root, "works", unprotected=True)
    with Home(root) as home:
        founder = home.member_client("works")
        host_org(home.ledger, home.keys, founder, home.member_client, "metro", "Metro")
        add_org(founder, "others", "Others", owner.public)
        upload = _first_frame(home, "others", MemberClient(home.ledger, "others", OWNER, owner, os.urandom))

    with closing(NodeService(root)) as node:
        node.begin([upload, b"no frame"])
        of_others, unparsable = node.finish()

        assert node.orgs() == ["metro", "works"]
        assert (of_others.code, of_others.position) == ("wrong-ledger", None)
        assert of_others.why == "the frame belongs elsewhere: it names org others, which has no data chain on this node"
        assert unparsable.code == "malformed"
        assert [chain.frames for chain in node.chains()] == [0, 0]


def _first_frame(home: Home, org: str, owner: MemberClient) -> bytes:
    """The upload of the first frame of a terminal that is enrolled in the org by its owner."""
    key, now = sim_key("terminal"), home.clock.now()
    owner.submit(enrol(key, home.ledger.chain_id, org, "t1", "SM-1", "1.0.0"))
    span = Interval(now - HOUR, now)
    column = Column("p", np.array([span.start]), np.array([span.end]), np.array([1]), np.ones(1, np.uint8))
    content = FrameContent(span, (GroupSlots("g", 1, Digest(bytes(32)), [column], bytes(32)),))
    sender = FrameSender(home.ledger.chain_id, org, "t1", 1, key.public)
    return build_frame(sender, FIRST_NUMBER, NO_FRAME, content, home.frame_context(Meter()), os.urandom).sign(key)
