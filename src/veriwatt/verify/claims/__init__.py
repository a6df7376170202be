"""The claims that evidence can prove: one file for each kind, listed in `kinds`."""
