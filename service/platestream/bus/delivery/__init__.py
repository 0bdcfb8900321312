"""Finished frames to records and committed offsets, under either guarantee."""
