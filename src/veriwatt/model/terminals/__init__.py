"""A terminal on the ledger: enrolment, passport, and what its org hands over to it."""
