"""Enrolment at the terminal: accepting the handover of its org, and the key store with its keys."""
