"""Reading meters on the slot grid: every slot becomes a sample, with a value or a gap reason."""
