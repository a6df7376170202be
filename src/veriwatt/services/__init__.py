"""One use case per file: what the product does, over ports, with no knowledge of any adapter."""
