"""Hotlists: numbers and patterns that are looked out for, and what a reading matches. No I/O."""
