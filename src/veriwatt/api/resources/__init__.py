"""What the node spends on whom: connections, memory, checks and time, charged before they are spent (ADR 0034)."""
