"""The OpenAPI document: committed as generated, and true under generated requests."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS

from platestream.web.credentials import hash_token
from platestream.web.openapi import openapi_document, openapi_text
from platestream.web.settings import WebSettings
from tests.web.doors import Door, open_door

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
# 300 requests take seconds; PLATESTREAM_TEST_API_CASES=2000 is the long run.
CASES = int(os.environ.get("PLATESTREAM_TEST_API_CASES", "300"))
TOKEN = "t0ken"
# Beside "no 5xx" and "only documented statuses": the answers' headers, types and schemas.
# Not "unsupported_method": the contract answers a wrong method as a wrong path, 404 APIG.0101.
WANTED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "ignored_auth",
    ]
)
schema = schemathesis.openapi.from_dict(openapi_document())
schema.config.generation.update(allow_x00=True)


def test_the_committed_document_is_the_generated_one() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi_text()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    path = tmp_path_factory.mktemp("credentials") / "credentials.yaml"
    # Every project that the generator may think of must be known for it to get past the token.
    path.write_text(json.dumps({"projects": {"0": {"tokens": [hash_token(TOKEN)]}}}))
    with open_door(WebSettings(port=0, credentials=path)) as door:
        yield door


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Door]:
    with open_door(WebSettings(port=0, no_auth=True)) as door:
        yield door
