"""Pictures made in code, good and bad, for the tests of every layer; the same in every run."""
