"""Training of the bundled models: rendering, detector, recognizer, bundle."""
