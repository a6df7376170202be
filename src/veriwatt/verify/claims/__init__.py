"""The claims that evidence can prove: a file for each kind; `kinds` lists them."""
