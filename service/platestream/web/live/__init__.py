"""The live page: what the doors read, as it happens."""
