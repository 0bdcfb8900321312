"""Runbooks: one for each alert, of now, and what they name exists."""

import re
from pathlib import Path

import pytest

from tests.deploy.chart import ROOT
from tests.deploy.grafana.dashboards import dashboards
from tests.deploy.test_chart_monitoring import exposed_metrics
from tests.docs.runbooks import FOLDER, files

PAGES = sorted(path for path in FOLDER.glob("Platestream*.md"))
SETTINGS = (ROOT / "docs" / "SETTINGS.md").read_text("utf-8")
SECTIONS = "kafka|registry|stream|vision|camera_source|pictures|fetch|web|telemetry|privacy"


def test_there_is_one_for_each_alert_and_it_is_of_now() -> None:
    assert {path for path in files() if path.name != "README.md"} == set(PAGES)
    for path, text in files().items():
        assert path.read_text("utf-8") == text, "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_it_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for heading in ("What it means", "Where to look", "What to do", "When it is no fault"):
        assert f"## {heading}\n" in text
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (page.parent / link).exists(), link
    exposed = exposed_metrics()
    for metric in re.findall(r"\bplatestream_[a-z_]+", text.partition("<!-- /rule -->")[2]):
        assert metric in exposed or f"{metric}_count" in exposed, metric
    for setting in re.findall(rf"(?<!value )`((?:{SECTIONS})\.[a-z_.]+)", text):
        assert f"`{setting.removesuffix('.')}" in SETTINGS or f"{setting}." in SETTINGS, setting
    titles = {one.title.partition(": ")[2] or one.title for one in dashboards()}
    panels = {panel.title.lower() for one in dashboards() for panel in one.panels}
    for named, shown in re.findall(r"Dashboard \*([^*]+)\*: ([^.\n]+)", text):
        assert named in {title.removeprefix("Platestream: ") for title in titles}, named
        first = re.split(r"[,;]", shown)[0].strip().lower()
        assert any(first in panel or panel in first for panel in panels), shown


def test_log_events_that_they_name_are_logged() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "service").rglob("*.py"))
    named = {
        event
        for page in PAGES
        for line in page.read_text("utf-8").splitlines()
        if " log" in line
        for event in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", line)
    }
    assert len(named) > 8
    for event in named:
        assert f'"{event}"' in sources, event
