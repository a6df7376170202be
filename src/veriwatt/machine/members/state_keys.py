"""The state keys of this component, as laid out in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import ORGS, ROLES, member_key, members_prefix, org_key, role_key, roles_prefix

__all__ = ["ORGS", "ROLES", "member_key", "members_prefix", "org_key", "role_key", "roles_prefix"]
