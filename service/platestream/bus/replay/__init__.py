"""Dead letters back into the stream."""
