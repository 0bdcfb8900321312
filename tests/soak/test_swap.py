"""Bundles that change under load on a real broker; ``tests.soak.swap`` has it at length."""

import uuid
from pathlib import Path

import pytest

from tests.soak.swap import run_swap

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_no_frame_is_lost_or_doubled_and_the_model_changes_once(
    kafka_servers: str, tmp_path: Path
) -> None:
    report = run_swap(kafka_servers, 200, tmp_path, f"swap-{uuid.uuid4().hex[:8]}")
    assert report.passed, report
    assert report.frames >= 200
