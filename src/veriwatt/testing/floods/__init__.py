"""Floods against a running node from the address of a valid terminal, and what that terminal sees of them."""
