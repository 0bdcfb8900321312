"""What the tests of the training share."""

from __future__ import annotations

import pytest

pytest.importorskip("PIL", reason="type faces are drawn with pillow (training extra)")

from training.render.faces import Face, Purpose
from training.render.glyphs import font_folders
from training.scenes import lettering


@pytest.fixture
def few_faces(monkeypatch: pytest.MonkeyPatch) -> list[Purpose]:
    """Let lettering be drawn in two faces: to look through all that are installed takes seconds.

    Returns:
        The purposes that faces were asked for, as they are.
    """
    wanted = ("DejaVuSans-Bold", "LiberationSans-Regular", "DejaVuSans")
    paths = [path for folder in font_folders() for path in sorted(folder.rglob("*.ttf"))]
    chosen = tuple(Face(path, path.stem) for path in paths if path.stem in wanted)
    if not chosen:
        pytest.skip("needs an installed type face")
    asked: list[Purpose] = []

    def faces(purpose: Purpose) -> tuple[Face, ...]:
        asked.append(purpose)
        return chosen

    monkeypatch.setattr(lettering, "faces", faces)
    monkeypatch.setattr("training.recognizer.lettering.faces", faces)
    monkeypatch.setattr(lettering, "faces_of", lambda _purpose, _script: chosen[:0])
    return asked
