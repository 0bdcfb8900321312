"""Cameras, films and folders as senders of frames."""
