"""The OpenAPI document: committed as generated, and true under generated requests."""

import base64
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from platestream.web.app import RECOGNITION_PATH
from platestream.web.credentials import hash_token
from platestream.web.openapi import openapi_document, openapi_text
from platestream.web.settings import WebSettings
from tests.pictures.table import bad_pictures, good_pictures
from tests.web.interfaces import Interface, open_interface

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
# 300 requests take seconds; PLATESTREAM_TEST_API_CASES=2000 is the long run.
CASES = int(os.environ.get("PLATESTREAM_TEST_API_CASES", "300"))
PROBE_CASES = 10
# Beside "no 5xx" and "only documented statuses": the answers' headers, types and schemas.
# Not "unsupported_method": the contract answers a wrong method as a wrong path, 404 APIG.0101.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi_document())
RECOGNIZE = SCHEMA[RECOGNITION_PATH]["POST"]
# Random text is never a picture; these take a request all the way through.
_ENCODED = [good.data for good in good_pictures()] + [bad.data for bad in bad_pictures()]
PICTURES = [base64.b64encode(data).decode() for data in _ENCODED if len(data) < 100_000]


def examples(count: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=count, suppress_health_check=list(HealthCheck), database=None
    )


@pytest.fixture(scope="module")
def interface() -> Iterator[Interface]:
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        yield interface


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    path = tmp_path_factory.mktemp("credentials") / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token("t0ken")]}}}))
    with open_interface(WebSettings(port=0, credentials=path)) as interface:
        yield interface


def test_the_committed_document_is_the_generated_one() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi_text()


def test_the_document_is_openapi() -> None:
    validate(openapi_document())


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_generated_requests_get_documented_answers(
    interface: Interface, mode: GenerationMode
) -> None:
    statuses: Counter[int] = Counter()

    @examples(CASES // 2)
    @hypothesis.given(
        case=RECOGNIZE.as_strategy(generation_mode=mode),
        picture=st.one_of(st.none(), st.sampled_from(PICTURES)),
    )
    def check(case: Any, picture: str | None) -> None:
        if picture is not None and isinstance(case.body, dict) and "image" in case.body:
            case.body["image"] = picture
        answer = case.call_and_validate(base_url=interface.url, checks=CHECKS)
        statuses[answer.status_code] += 1

    check()
    assert sum(statuses.values()) >= CASES // 2
    assert statuses[400] > 0
    assert statuses[200] > 0 or mode is GenerationMode.NEGATIVE


def test_generated_credentials_open_nothing(guarded: Interface) -> None:
    @examples(CASES // 10)
    @hypothesis.given(case=RECOGNIZE.as_strategy())
    def check(case: Any) -> None:
        answer = case.call_and_validate(base_url=guarded.url, checks=[*CHECKS, ignored_auth])
        assert answer.status_code in (400, 401, 404)

    check()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_generated_probes_get_documented_answers(interface: Interface, path: str) -> None:
    @examples(PROBE_CASES)
    @hypothesis.given(case=SCHEMA[path]["GET"].as_strategy())
    def check(case: Any) -> None:
        case.call_and_validate(base_url=interface.url, checks=CHECKS)

    check()
