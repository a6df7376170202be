"""Terminals: enrolment, certification, revocation; groups and points."""
