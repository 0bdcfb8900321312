"""The packaged models through the command line: drawn pictures always, real ones where they are."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from platestream.vision.models.bundle import MANIFEST_NAME, default_bundle_path
from tests.cli.conftest import Cli
from tests.html import check_page

DATA = Path(os.environ.get("PLATESTREAM_DATA", Path(__file__).parents[3] / "shared" / "data"))

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.slow,
    pytest.mark.skipif(
        not (default_bundle_path() / MANIFEST_NAME).is_file(),
        reason="this checkout carries no model bundle",
    ),
]


def label_files(*names: str) -> list[Path]:
    """The label files of these data sets; the test is skipped where one is missing."""
    files = [DATA / name / "labels.csv" for name in names]
    for file in files:
        if not file.is_file():
            pytest.skip(f"{file.parent.name} is not in {DATA}: set PLATESTREAM_DATA")
    return files


def figures(cli: Cli, out: Path, *arguments: object) -> dict[str, Any]:
    ran = cli("evaluate", *arguments, "--json", "--out", out)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_the_packaged_bundle_is_good(cli: Cli) -> None:
    assert cli("models", "verify").code == 0
    assert cli("models", "list").code == 0


def test_the_demo_reads_most_of_what_is_drawn(cli: Cli, tmp_path: Path) -> None:
    ran = cli("demo", "--frames", 24, "--json", "--out", tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["produced"] == 24
    assert found["with_plates"] + found["empty"] == 24
    assert found["with_plates"] >= 12
    page = check_page(tmp_path / "report.html")
    assert page.text.count("not a plate") <= 3


@pytest.mark.data
def test_photos_are_found_and_read(cli: Cli, tmp_path: Path) -> None:
    files = label_files("easypr_general_test", "ccpd_subset")
    found = figures(cli, tmp_path, *files)
    assert found["found"] >= 0.95
    assert found["read"] >= 0.85


@pytest.mark.data
def test_crops_are_read(cli: Cli, tmp_path: Path) -> None:
    found = figures(cli, tmp_path, *label_files("ccpd_crops_extra"))
    assert found["read"] >= 0.88
