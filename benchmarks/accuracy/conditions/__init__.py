"""What a road camera really sends, made of held-out photos by a fixed seed, and measured.

Each condition is an ordinary folder with a ``labels.csv``; ``catalogue.py`` lists them.
"""
