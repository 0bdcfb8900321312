"""Writes a model bundle and its card from trained networks."""
