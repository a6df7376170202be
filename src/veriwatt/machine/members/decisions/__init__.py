"""The decisions that change the records of this component, a file for each; see `machine/decision_kinds.py`."""
