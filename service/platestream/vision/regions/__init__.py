"""Number formats by region: data, the pattern language they are written in, and their automaton."""
