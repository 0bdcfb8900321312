"""The plate detector: data, network, losses, trainer, export and measurement."""
