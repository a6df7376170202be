"""The whole terminal: it samples meters, signs frames and delivers them, without anything of a node."""
