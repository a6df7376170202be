"""The state keys of this component, as laid out in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import (
    definition_key,
    group_key,
    group_listing_key,
    group_version_key,
    groups_prefix,
    number_key,
    number_of_key,
    numbers_prefix,
    passport_key,
    point_key,
    points_prefix,
    register_key,
    terminals_prefix,
)

__all__ = [
    "definition_key",
    "group_key",
    "group_listing_key",
    "group_version_key",
    "groups_prefix",
    "number_key",
    "number_of_key",
    "numbers_prefix",
    "passport_key",
    "point_key",
    "points_prefix",
    "register_key",
    "terminals_prefix",
]
