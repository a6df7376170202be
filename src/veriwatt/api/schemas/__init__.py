"""What the API answers, as OpenAPI describes it: a file a noun. Keys may be added, those there stay."""
