"""The live page: what the interfaces read, as it happens."""
