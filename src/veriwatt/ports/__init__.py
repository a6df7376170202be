"""The interfaces to storage, ledger, keys and clock; adapters in higher rooms implement them.

Every port states when its effect is durable, whether a call may be repeated, and which error means absence. `node`
chooses the adapters and passes them on.
"""
