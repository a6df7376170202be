"""Where private keys live and sign, one file for each kind of place; `by_uri` opens one by its URI."""
