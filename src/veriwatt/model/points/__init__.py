"""What is measured: point definitions, groups of points, statuses and kinds."""
