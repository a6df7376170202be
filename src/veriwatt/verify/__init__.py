"""The offline verifier: from bytes, a trust file and a time to proven values, or to the step that failed."""
