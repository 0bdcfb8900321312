"""The GPU script's dry run, and its table."""

import json
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.gpu_rows import Row, compare, is_good, table


def test_a_dry_run_checks_what_the_cpu_can_and_tells_what_was_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = gpu.load_pictures()
    monkeypatch.setattr(gpu, "load_pictures", lambda: scenes[:1])
    monkeypatch.setattr(gpu, "VARIANTS", (gpu.VARIANTS[1], gpu.VARIANTS[-1]))
    out = tmp_path / "gpu.json"
    assert gpu.main(["--dry-run", "--out", str(out), "--cache", str(tmp_path / "engines")]) == 0
    report = json.loads(out.read_text())
    bound, half = report["rows"]
    assert report["card"] == "none: a dry run on the CPU"
    assert bound["same_plates"]
    assert bound["ran_on"] == "CPUExecutionProvider"
    assert bound["confidence_off"] <= 0.01
    assert half["not_run"]
    assert "not run: needs the provider's own options" in capsys.readouterr().out


def test_other_plates_or_confidences_are_not_good() -> None:
    expected = [[("A1", 0.9)], []]
    same, off = compare([[("A1", 0.905)], []], expected)
    assert same
    assert off == pytest.approx(0.005)
    assert compare([[("A2", 0.9)], []], expected)[0] is False
    assert compare([[], [("A1", 0.9)]], expected)[0] is False
    good = Row(name="a", same_plates=True, confidence_off=0.005)
    assert is_good([good, Row(name="b", not_run="no card")])
    assert not is_good([good, Row(name="b", same_plates=True, confidence_off=0.02)])
    assert not is_good([good, Row(name="b")])
    assert not is_good([Row(name="b", not_run="no card")])
    assert "| b | not run: no card |" in table([Row(name="b", not_run="no card")])
