"""Batching, pipeline, offsets and back-pressure. Knows no transport."""
