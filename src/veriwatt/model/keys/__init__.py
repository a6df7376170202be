"""Key stores: secrets of one owner in a sealed file."""
