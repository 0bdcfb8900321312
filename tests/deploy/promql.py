"""What PromQL expressions read."""

from collections.abc import Iterator
from typing import Any

import promql_parser


def series_of(node: object) -> Iterator[promql_parser.VectorSelector]:
    """Every series that an expression reads."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    for child in ("expr", "lhs", "rhs", "vector_selector", "args", "param"):
        value: Any = getattr(node, child, None)
        for item in value if isinstance(value, list) else [value]:
            if item is not None and not isinstance(item, str):
                yield from series_of(item)
