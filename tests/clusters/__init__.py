"""Real servers for the tests: found, or started and stopped by the tests themselves."""
