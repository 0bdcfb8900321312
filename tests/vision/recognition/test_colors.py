import numpy as np
import pytest

from platestream.contract.readings import PlateColor
from platestream.vision.recognition.colors import are_grey, color_of
from platestream.vision.recognition.ctc import CtcText
from platestream.vision.recognition.format_rules import Reading

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ京粤"
BLUE = {PlateColor.GREEN: 0.05, PlateColor.BLUE: 0.9, PlateColor.UNKNOWN: 0.05}


def color(text: str, *, probability: float = 0.9, grey: bool = False) -> PlateColor:
    reading = Reading(CtcText(text, (0.9,) * len(text)), probability, ())
    return color_of(BLUE, reading, alphabet=ALPHABET, grey=grey)[0]


@pytest.mark.parametrize("text", ["粤BD12345", "粤B12345D"])
def test_a_new_energy_number_is_on_green(text: str) -> None:
    assert color(text) is PlateColor.GREEN
    assert color(text, grey=True) is PlateColor.GREEN
    assert color(text, probability=0.3) is PlateColor.BLUE


@pytest.mark.parametrize("text", ["粤B12345", "粤BL12345", "AB123456", ""])
def test_other_numbers_prove_no_colour(text: str) -> None:
    assert color(text) is PlateColor.BLUE
    assert color(text, grey=True) is PlateColor.UNKNOWN


def test_a_crop_without_colours_is_grey() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 256, (48, 168, 1)).astype(np.uint8)
    grey = np.repeat(one, 3, axis=2)
    # A colour picture of a white plate: the channels are never quite alike.
    white = np.clip(grey + rng.normal(0, 4, grey.shape), 0, 255).astype(np.uint8)
    blue = grey.copy()
    blue[:, :40, 0] = 255
    blue[:, :40, 2] = 20
    assert are_grey(np.stack([grey, white, blue])).tolist() == [True, False, False]
    assert are_grey(np.zeros((0, 48, 168, 3), np.uint8)).tolist() == []
