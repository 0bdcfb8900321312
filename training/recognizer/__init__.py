"""The recognizer: training pictures, network, trainer, export, crop evaluation."""
