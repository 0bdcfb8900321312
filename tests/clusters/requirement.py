"""A missing real part is a skip at a contributor's desk and a failure in continuous integration."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

# Set by .ci/run: there every real part must be there, and a skip would hide that it is not.
REQUIRE_VARIABLE = "PLATESTREAM_TEST_REQUIRE_REAL"


class UnavailableError(Exception):
    """A real part that this machine does not have; the text says what is missing."""


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test with ``reason``, or fail it where real parts are required."""
    if os.environ.get(REQUIRE_VARIABLE):
        pytest.fail(f"{REQUIRE_VARIABLE} is set, but {reason}")
    pytest.skip(reason)


@contextmanager
def real(what: str) -> Iterator[None]:
    """Skip the test, or fail it where real parts are required, when ``what`` is unavailable."""
    try:
        yield
    except UnavailableError as missing:
        skip_or_fail(f"no real {what}: {missing}")
