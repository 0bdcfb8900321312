"""Rendered clips of vehicles that pass a camera, with known truth; see training/README.md."""
