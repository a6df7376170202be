"""The state keys of this component, as laid out in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import (
    AGENDA,
    CLOSING,
    FACTORS,
    MISBEHAVIOUR,
    PARAMETERS,
    PROPOSALS,
    UPGRADE,
    VALIDATORS,
    factors_key,
    misbehaviour_key,
    proposal_key,
)

__all__ = [
    "AGENDA",
    "CLOSING",
    "FACTORS",
    "MISBEHAVIOUR",
    "PARAMETERS",
    "PROPOSALS",
    "UPGRADE",
    "VALIDATORS",
    "factors_key",
    "misbehaviour_key",
    "proposal_key",
]
