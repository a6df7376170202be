"""The deterministic state machine of the ledger: it executes transactions and returns results and state changes.

It reads no clock, file or network; time and height come with the block. Components depend in one direction: members <
terminals < anchors < governance.
"""
