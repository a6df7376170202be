"""The log host: frames checked, appended to the org's data chain, receipted and anchored."""
