"""What is particular to one camera: its settings, by id or pattern, and what they do to a frame."""
