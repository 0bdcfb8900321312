"""Model bundles and the sessions that run them."""
