"""A frame and its parts: header, upload, columns, sealed groups, statuses, origin."""
