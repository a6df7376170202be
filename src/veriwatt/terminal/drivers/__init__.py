"""A folder or module for each protocol a terminal speaks; `base` is their contract, `registry` names them."""
