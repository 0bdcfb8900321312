"""``platestream models compare``: two bundles over a folder of pictures."""

import json
from pathlib import Path

import cv2
import pytest

from platestream.cli.app import main
from tests.vision.tiny_models import paint_plate, scene, write_bundle


def test_what_agrees_and_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATESTREAM_VISION__REGIONS", "[]")
    one = write_bundle(tmp_path / "one")
    # Green plates score 0.7 here: the second bundle does not see them.
    change = {"version": "0.0.2", "detector.score_threshold": 0.8}
    other = write_bundle(tmp_path / "other", change=change)
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, color in (("red", 2), ("green", 1)):
        picture = scene()
        paint_plate(picture, "A1ZA", at=(200, 200), color=color)
        cv2.imwrite(str(photos / f"{name}.png"), picture)
    page = tmp_path / "page.html"
    arguments = ["models", "compare", str(one), str(other), str(photos), "--report", str(page)]
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["pictures"], told["same_text"], told["other_text"]) == (2, 1, 0)
    assert (told["only_active"], told["only_shadow"]) == (1, 0)
    assert told["differences"][0]["active"] == "A1ZA"
    assert "not found" in page.read_text()
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "found by both 1, with the same text 1" in capsys.readouterr().out
