"""The offline verifier: bytes, a trusted root and a time in; proven values out, or the step that failed."""
