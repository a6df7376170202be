"""Plays a fixed scene and prints the app hash of every height; run by the determinism test."""

from __future__ import annotations

from tests.machine.scene import Scene
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frames.frame import upload_bytes
from veriwatt.model.frames.number import FIRST_NUMBER
from veriwatt.model.frames.signing import sign_header
from veriwatt.model.members.org_role import BINDING_ROLES
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_point
from veriwatt.testing.frames import bare_header
from veriwatt.units import DAY


def upload(scene: Scene, terminal: SimTerminal, at: int) -> bytes:
    """A frame of the terminal with number (0, 1), another one for each `at`."""
    header = bare_header(scene.ann.chain, terminal.org, terminal.name, FIRST_NUMBER, START + DAY + at)
    return upload_bytes(sign_header(header.to_bytes(), terminal.key), [b""])


def play() -> list[str]:
    """The app hashes of a chain that uses every kind of transaction, refusals and expiry included."""
    scene = Scene(expiry_horizon=4)
    chain, leaves = scene.chain, [leaf_hash(bytes([at])) for at in range(30)]
    for member in scene.members:
        member.expiry = 5
    terminals = [SimTerminal("acme", f"t{at}") for at in range(5)]
    roles = (scene.ann.grant_role("city", role) for role in BINDING_ROLES)
    chain.block(scene.ann.add_org(SimMember("bolt", "bob")), *roles, scene.ann.open_log(), scene.rae.open_log())
    chain.block(*(scene.oli.enrol(terminal) for terminal in terminals))
    chain.block(*(scene.mia.certify(terminal, START, START + DAY) for terminal in terminals))
    chain.block(*(scene.ann.anchor(leaves[: at + 3], at) for at in range(0, 27, 3)))
    for member in scene.members:
        member.expiry = 9
    chain.block(scene.ann.define("plant", *(sim_point(f"p{at}") for at in range(9))), b"no transaction")
    chain.block()
    chain.block(scene.ann.retire(terminals[0]), scene.reg.report_compromised(terminals[1], START))
    numbered = [upload(scene, terminals[2], at) for at in range(2)]
    chain.block(
        scene.ann.answer(terminals[1], "a false alarm"),
        scene.rae.report_equivocation(terminals[2], *numbered),
        scene.oli.void(terminals[2], numbered[0], "refused"),
    )
    return [str(app_hash) for app_hash in chain.app_hashes]


if __name__ == "__main__":
    print("\n".join(play()))
