"""Other plate readers, each in an environment of its own, behind one small protocol."""
