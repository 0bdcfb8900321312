"""Where pictures come from: streams and films (PyAV), folders and drops."""
