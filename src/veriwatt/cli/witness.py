"""`veriwatt witness`: cosign the root log of another org's ledger, by files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import parse_witness_key
from veriwatt.cli.output import DONE, Json, answer, exit_status
from veriwatt.errors import BadInput, VeriwattError
from veriwatt.home.witness_home import WitnessHome, make_witness
from veriwatt.ids import check_name
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.evidence.trusted_cosigners import Cosigner
from veriwatt.model.ledger.witness_request import ForkProof
from veriwatt.units import SECOND
from veriwatt.utc_text import utc_text
from veriwatt.verify.witness import verify_fork

REQUEST = ".request"
"""The end of the name of a request in a folder."""

WitnessHomeOption = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The witness's own home.", show_envvar=True)
]
TrustOption = Annotated[Path, typer.Option("--trust", help="The trust file of the ledger.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Cosign the root log of another org's ledger.", no_args_is_help=True)
    group.command("init")(init)
    group.command("cosign")(cosign)
    group.command("status")(status)
    group.command("fork")(fork)
    group.command("trust")(trust)
    app.add_typer(group, name="witness")


def init(
    home: WitnessHomeOption,
    name: Annotated[str, typer.Option(help="Its name in cosignatures, such as west.example/w1.")],
    trust_file: TrustOption,
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Store the key without a passphrase.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a witness of one ledger, with a fresh key. Its folder must never be restored from a copy."""
    believed = _trust(trust_file)
    key = make_witness(home, name, believed, unprotected=unprotected_key)
    result = {"home": str(home), "name": name, "key": str(key), "chain_id": believed.chain_id}
    answer(result, as_json, lambda: f"witness of {believed.chain_id} in {home}\nits key, to be told: {key}")


def cosign(
    requests: Annotated[
        list[Path], typer.Argument(help="Requests, or folders: of these every NAME.request without an answer.")
    ],
    home: WitnessHomeOption,
    as_json: Json = False,
) -> None:
    """Answer requests with a cosignature beside each: NAME.request.WITNESSHASH.cosigned.

    A request that is refused stops none of the others. A fork is refused, and its proof kept in the home.
    """
    with WitnessHome(home) as witness:
        ending = f".{witness.store.witness.key_hash.hex()}.cosigned"
        told = [_answered(witness, request, ending) for request in _asked(requests, ending)]
    answers = [fields for fields, _ in told]
    result: dict[str, Any] = {"witness": str(witness.store.witness), "answers": answers}
    answer(result, as_json, lambda: "\n".join(map(_said, answers)) or "no request without an answer")
    if worst := max((status for _, status in told), default=DONE):
        raise typer.Exit(worst)


def status(home: WitnessHomeOption, as_json: Json = False) -> None:
    """Show the witness's key, what it cosigned last, and the forks that it has proofs of."""
    with WitnessHome(home) as witness:
        store = witness.store
        cosigned, seconds, forks = store.state.cosigned, store.state.seconds, store.forks()
    result = {
        "name": store.witness.name,
        "key": str(store.witness),
        "chain_id": store.state.trust.chain_id,
        "size": 0 if cosigned is None else cosigned.root_log.size,
        "root": None if cosigned is None else cosigned.root_log.root.hex(),
        "height": None if cosigned is None else cosigned.height,
        "cosigned_at": None if cosigned is None else utc_text(seconds * SECOND),
        "forks": forks,
    }
    lines = result | {"forks": ", ".join(forks) or "none"}
    answer(result, as_json, lambda: "\n".join(f"{name:12} {value}" for name, value in lines.items()))


def fork(
    proof: Annotated[Path, typer.Argument(help="A proof from the folder forks/ of a witness.")],
    trust_file: TrustOption,
    as_json: Json = False,
) -> None:
    """Verify the proof of a fork: two histories that the ledger's validators signed."""
    found = verify_fork(ForkProof.from_bytes(read_input(proof)), _trust(trust_file), time.time_ns() // 1_000_000)
    result = {"chain_id": found.chain, "first": found.first, "second": found.second}
    answer(result, as_json, lambda: f"PROVEN: {found}")


def trust(
    file: Annotated[Path, typer.Argument(help="Your trust file, which is changed.")],
    key: Annotated[str, typer.Option(help="The witness's key, NAME+HASH+KEY, as whoever runs it told you.")],
    org: Annotated[str, typer.Option(help="The org that runs the witness.")],
    operator: Annotated[list[str] | None, typer.Option(help="An org that runs the ledger; all of them once.")] = None,
    as_json: Json = False,
) -> None:
    """List a witness in your own trust file: evidence that it cosigned then counts it.

    A name that is listed already gets the new key.
    """
    believed, listed = _trust(file), Cosigner(parse_witness_key(key), check_name(org, "org"))
    operators = tuple(sorted({check_name(each, "operator") for each in operator or believed.operators}))
    if not operators:
        why, remedy = "the trust file names no org that runs the ledger", "name each with --operator"
        raise BadInput(where="--operator", value=None, why=why, remedy=remedy)
    others = (each for each in believed.cosigners if each.witness.name != listed.witness.name)
    cosigners = sorted((*others, listed), key=lambda each: each.witness.name)
    made = replace(believed, cosigners=tuple(cosigners), operators=operators)
    OutputFile(file, own=file).write(render(made))
    counts = org not in operators
    result = {"trust": str(file), "witness": listed.witness.name, "org": org, "counts": counts}
    result |= {"fingerprint": made.fingerprint.hex(), "operators": list(operators)}
    note = "" if counts else f"; it does not count, for {org} runs the ledger"
    said = f"{file}: lists {listed.witness.name} of {org}{note}; fingerprint {made.short_fingerprint}"
    answer(result, as_json, lambda: said)


def _asked(named: list[Path], ending: str) -> Iterator[Path]:
    for path in named:
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.iterdir() if each.name.endswith(REQUEST))
        yield from (each for each in found if not each.with_name(each.name + ending).exists())


def _answered(witness: WitnessHome, request: Path, ending: str) -> tuple[dict[str, Any], int]:
    """What is said of a request, and the exit status."""
    out = OutputFile(request.with_name(request.name + ending), request)
    try:
        note = witness.cosign(read_input(request))
    except VeriwattError as error:
        said = {"request": str(request), "refused": error.code, "why": str(error), "values": error.values}
        return said, exit_status(type(error))
    out.write(note.encode())
    checkpoint = witness.store.state.cosigned
    if checkpoint is None:
        raise RuntimeError("a witness cosigned and remembers nothing")
    size, root = checkpoint.root_log.size, checkpoint.root_log.root.hex()
    return {"request": str(request), "answer": f"{request}{ending}", "size": size, "root": root}, DONE


def _said(fields: dict[str, Any]) -> str:
    if "refused" in fields:
        return f"{fields['request']}: REFUSED: {fields['why']} [{fields['refused']}]"
    return f"{fields['answer']}: {fields['size']:,} leaves cosigned"


def _trust(file: Path) -> Trust:
    return parse_trust(read_input(file), str(file))
