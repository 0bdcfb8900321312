"""The mark of tests that render Chinese plates: their lettering is part of the data folder."""

import pytest

from training.render.glyphs import glyph_folder

needs_glyphs = pytest.mark.skipif(
    not glyph_folder().is_dir(), reason="the glyph sets are not there: set PLATESTREAM_DATA"
)
