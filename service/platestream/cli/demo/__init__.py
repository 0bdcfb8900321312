"""The service at work on an embedded broker: ``platestream demo``."""
