"""From the data chain to figures: the readings view, totals, conversions, and evidence of them."""
