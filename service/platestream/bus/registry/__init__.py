"""A Confluent-compatible schema registry behind the contract's ``SchemaStore``."""

from platestream.bus.registry.answers import (
    IncompatibleSchemaError,
    RegistryError,
    RegistryUnavailableError,
    SchemaNotRegisteredError,
)
from platestream.bus.registry.settings import RegistryMode, RegistrySettings, SubjectStrategy
from platestream.bus.registry.store import RegistrySchemaStore, open_schema_store

__all__ = [
    "IncompatibleSchemaError",
    "RegistryError",
    "RegistryMode",
    "RegistrySchemaStore",
    "RegistrySettings",
    "RegistryUnavailableError",
    "SchemaNotRegisteredError",
    "SubjectStrategy",
    "open_schema_store",
]
