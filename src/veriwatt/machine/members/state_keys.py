"""The state keys of this component, as laid out in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import (
    NODES,
    ORGS,
    ROLES,
    member_key,
    members_prefix,
    node_key,
    nodes_prefix,
    org_key,
    role_key,
    roles_prefix,
    suspended_key,
)

__all__ = [
    "NODES",
    "ORGS",
    "ROLES",
    "member_key",
    "members_prefix",
    "node_key",
    "nodes_prefix",
    "org_key",
    "role_key",
    "roles_prefix",
    "suspended_key",
]
