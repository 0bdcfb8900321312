"""Platestream: a licence plate reader that lives on Apache Kafka."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("platestream")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
