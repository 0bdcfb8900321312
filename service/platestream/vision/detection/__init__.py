"""Where plates are: four corners and a score each."""
