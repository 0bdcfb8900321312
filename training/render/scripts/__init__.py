"""Plates with marks that the reader does not know: their scripts, fonts and number formats.

Words that are not part of the number stand in headers and footers: a Thai or Lao province, an
emirate's or a country's name, the Khmer province above a Latin number. Where a plate says its whole
number twice, in Arabic and in Latin marks, the number is the Latin one: the Arabic row is a header.
"""
