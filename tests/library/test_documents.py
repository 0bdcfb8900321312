"""What README and docs/LIBRARY.md show is run as it stands, with the packaged models."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import pytest

from platestream.vision.models.bundle import MANIFEST_NAME, default_bundle_path
from tests.docs.snippets import ROOT, blocks

DEMO = ROOT / "service" / "platestream" / "cli" / "demo_pictures"

pytestmark = pytest.mark.skipif(
    not (default_bundle_path() / MANIFEST_NAME).is_file(),
    reason="this checkout carries no model bundle",
)


@pytest.fixture
def number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The plate on ``car.jpg`` in the working folder, beside ``photos/`` with a damaged one."""
    truth = json.loads((DEMO / "truth.json").read_text("utf-8"))
    name, plates = next((name, plates) for name, plates in truth.items() if len(plates) == 1)
    monkeypatch.chdir(tmp_path)
    shutil.copy(DEMO / name, "car.jpg")
    Path("photos").mkdir()
    shutil.copy(DEMO / name, "photos/a.jpg")
    Path("photos/b.jpg").write_bytes(b"no picture")
    text: str = plates[0]["text"]
    return text


def test_both_pages_run_from_top_to_bottom(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    codes = blocks("docs/LIBRARY.md", "python")
    assert len(codes) == 4
    assert blocks("README.md", "python", under="From Python") == codes[:1]
    for code in codes:
        exec(code, names)  # noqa: S102 - our own page
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f"{number} ")
    assert out[1] == f"photos/a.jpg ['{number}']"
    assert out[2].startswith("photos/b.jpg AIS.0102 ")
    assert isinstance(names["plates"], tuple)
    assert cv2.imread("annotated.jpg") is not None
