"""The deterministic ledger state machine: transactions in, results and changes of state out.

Nothing here reads a clock, a file or the network; time and height arrive with the block. Components
depend one way: members < terminals < anchors.
"""
