"""The drivers of meters: a folder for each protocol; `base` is their contract, `registry` lists them."""
