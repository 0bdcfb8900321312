"""Fetching pictures from URLs that strangers chose, without becoming their way into the network."""

from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.fetcher import GuardedFetcher
from platestream.stream.fetch.settings import FetchSettings, ObjectStoreSettings, SecretRef

__all__ = [
    "FetchError",
    "FetchFailure",
    "FetchSettings",
    "GuardedFetcher",
    "ObjectStoreSettings",
    "SecretRef",
]
