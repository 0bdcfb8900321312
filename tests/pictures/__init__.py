"""Pictures made in code, good and bad, for the tests of every floor; the same in every run."""
