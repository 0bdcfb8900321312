"""Encoded pictures to pixels: what may be decoded, and decoding it."""
