"""Signature suites, one file each; `registry` lists them. Nothing outside this folder asks which suite a key has."""
