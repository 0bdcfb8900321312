"""Plates in Latin letters: number formats as data, and the drawing of any of them."""
