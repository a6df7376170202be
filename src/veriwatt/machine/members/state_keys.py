"""State keys of this component; their layout stands in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import ORGS, member_key, members_prefix, org_key

__all__ = ["ORGS", "member_key", "members_prefix", "org_key"]
