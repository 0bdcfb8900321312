"""Measures the bundled models and other readers on labelled pictures: ``docs/ACCURACY.md``."""
