"""Words of the product: frames, readings, errors and their wire forms. Imports nothing of ours."""
