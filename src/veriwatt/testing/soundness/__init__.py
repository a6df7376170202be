"""An adversary with all keys of an enterprise, and a ground truth that knows what it did: does evidence hold?

`campaign` runs cases by a seed. A case is an honest frame with some fields changed, signed and anchored; evidence is
built over it by a builder that checks nothing; and what `veriwatt verify` then calls proven is judged by `truth`, small
code from the text of the spec that shares nothing with the verifier. docs/threat-model.md has the attackers.
"""
