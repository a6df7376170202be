"""`veriwatt demo`: a consortium in miniature, from its genesis to a proof that needs none of its servers."""
