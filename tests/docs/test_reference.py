import pytest
from pydantic import BaseModel, Field

from platestream.config import Settings
from platestream.telemetry.metrics import Metrics
from tests.docs.reference import described_fields, metrics_page, settings_page, stale
from tests.docs.units import NoUnitError, unit_of


def test_the_pages_say_what_the_code_says() -> None:
    assert stale() == [], "run `make docs`"


def test_every_setting_is_there_with_its_variable() -> None:
    page = settings_page()
    names = [name for name, _ in described_fields("", Settings)]
    assert len(names) > 100
    for name in names:
        variable = f"`PLATESTREAM_{name[1:].replace('.', '__').upper()}`"
        whole = f"As JSON in {variable}."
        assert f"| `{name[1:]}`<br>{variable} |" in page or whole in page


def test_every_metric_is_there_with_its_labels() -> None:
    page = metrics_page()
    for family in Metrics().registry.collect():
        assert f"| `{family.name}" in page
    assert "| `platestream_plates_total` | counter | plates | `color`, `rows` |" in page


def test_a_number_whose_name_says_no_unit_is_refused() -> None:
    assert unit_of("kafka.drain_seconds") == "s"
    with pytest.raises(NoUnitError, match=r"kafka\.patience"):
        unit_of("kafka.patience")


def test_settings_inside_of_settings_are_found() -> None:
    class Inner(BaseModel):
        depth_ms: int = Field(default=1, description="How deep.")

    class Outer(BaseModel):
        inner: Inner = Field(default_factory=Inner)
        plain: int = 2

    assert [name for name, _ in described_fields("a", Outer)] == ["a.inner.depth_ms", "a.plain"]
