"""Measuring a reader on labelled pictures: ``platestream evaluate``."""
