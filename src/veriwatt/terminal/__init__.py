"""The whole terminal, without a node: it samples meters, signs frames and delivers them."""
