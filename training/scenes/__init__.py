"""Whole scenes: rendered plates pasted in perspective, decoys, drawn backgrounds."""
