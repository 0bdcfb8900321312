"""Small charts as SVG, for reports that must stand alone.

A plotting library would bring its own fonts, colours and megabytes; these few charts have to follow
the report's light or dark theme through CSS classes, which is what this package is for. Every chart
carries a title and a description, so that a screen reader can say what it shows.
"""
