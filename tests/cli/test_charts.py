import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.cli.charts import (
    even_edges,
    histogram,
    histogram_counts,
    reliability,
    scatter,
)
from platestream.cli.charts.figure import nice_axis, standalone

SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(0, 1e6, allow_nan=False)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own output


def shapes(svg: str, tag: str, kind: str) -> list[ET.Element]:
    return [e for e in parse(svg).iter(SVG + tag) if e.get("class") == kind]


def test_every_value_falls_into_one_bin_and_the_last_edge_is_included() -> None:
    assert histogram_counts([0.0, 0.05, 0.1, 0.99, 1.0], [0.0, 0.1, 0.5, 1.0]) == [2, 1, 2]


@given(st.lists(finite, min_size=1, max_size=50))
def test_a_histogram_over_even_edges_loses_no_value(values: list[float]) -> None:
    edges = even_edges(values, bins=12)
    assert sum(histogram_counts(values, edges)) == len(values)


@given(st.lists(finite, min_size=1, max_size=20))
def test_a_nice_axis_holds_its_values(values: list[float]) -> None:
    axis = nice_axis("t", values)
    assert axis.low <= min(values)
    assert max(values) <= axis.high
    assert axis.low < axis.high


def test_bars_are_as_high_as_their_counts() -> None:
    svg = histogram([1, 1, 1, 3], edges=[0, 2, 4], x_title="x", y_title="n", title="t")
    heights = [float(bar.get("height", "0")) for bar in shapes(svg, "rect", "bar")]
    assert len(heights) == 2
    assert heights[0] == pytest.approx(3 * heights[1], abs=0.3)


def test_marks_stand_inside_the_chart_with_their_labels() -> None:
    svg = histogram(
        [1, 9], edges=[0, 5, 10], x_title="x", y_title="n", title="t", marks=[(9.9, "p99 9.9 ms")]
    )
    [label] = shapes(svg, "text", "mark-text")
    assert label.text == "p99 9.9 ms"
    assert label.get("text-anchor") == "end"


def test_a_scatter_has_a_dot_for_each_point_and_flags_some() -> None:
    svg = scatter([(1, 5.0), (2, 6.0)], flagged=[(3, 9.0)], x_title="x", y_title="y", title="t")
    assert len(shapes(svg, "circle", "dot")) == 2
    assert len(shapes(svg, "circle", "dot-2")) == 1


def test_a_reliability_diagram_shows_the_gap_of_every_bin() -> None:
    svg = reliability([(0.35, 0.35, 10), (0.95, 0.75, 30)], title="t")
    calibrated, overconfident = shapes(svg, "rect", "bar-2")
    assert float(calibrated.get("height", "1")) == 0
    plot_height = 280 - 14 - 46
    assert float(overconfident.get("height", "0")) == pytest.approx(0.2 * plot_height, abs=0.2)


def test_charts_of_nothing_are_still_charts() -> None:
    for svg in (
        scatter([], x_title="x", y_title="y", title="t"),
        reliability([], title="t"),
        histogram([], edges=[0, 1], x_title="x", y_title="y", title="t"),
    ):
        assert parse(svg).tag == SVG + "svg"


def test_titles_are_escaped_and_named_for_screen_readers() -> None:
    svg = scatter([(0, 0)], x_title="a<b", y_title="y", title="<script>&")
    root = parse(svg)
    assert "<script>" not in svg
    title, description = root.find(SVG + "title"), root.find(SVG + "desc")
    assert title is not None
    assert description is not None
    assert title.text == "<script>&"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_two_charts_of_one_page_share_no_ids() -> None:
    pages = "".join(scatter([], x_title="x", y_title="y", title="t") for _ in range(2))
    ids = re.findall(r' id="([^"]+)"', pages)
    assert len(set(ids)) == len(ids) == 4


def test_a_standalone_chart_is_xml_and_carries_its_style() -> None:
    text = standalone(reliability([(0.5, 0.4, 3)], title="t"))
    root = parse(text)
    style = root.find(SVG + "style")
    assert style is not None
    assert ".bar" in (style.text or "")
