"""Settings of the whole service, from environment, file and flags."""
