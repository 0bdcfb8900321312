"""Plates with something amiss, what of them may train, and what is no plate."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is missing: install the [train] extra")

from tests.training.pictures import marked_plate, photographed
from training.recognizer.edges import detected, picture_end
from training.recognizer.evidence import covered, cut, separation
from training.recognizer.examples import plate_example
from training.recognizer.legibility import char_points, complete, legible
from training.recognizer.lettering import lettering_example
from training.recognizer.views import Alteration
from training.render import PlateKind


def test_a_plate_is_complete_while_all_its_characters_are_legible() -> None:
    assert complete(np.array([0, 0.05], np.float32)) is True
    assert complete(np.array([0, 0.2], np.float32)) is None
    assert complete(np.array([0, 0.5], np.float32)) is False
    seen = legible(np.array([0, 0.2, 1], np.float32))
    assert seen is not None
    assert seen.tolist() == [True, True, False]
    assert legible(np.array([0, 0, 0.5], np.float32)) is None


def test_points_fill_each_characters_own_box() -> None:
    plate = marked_plate()
    points = char_points(plate)
    assert points.shape == (len(plate.text), 49, 2)
    low, high = points.min(1), points.max(1)
    assert (low < plate.char_centers).all()
    assert (plate.char_centers < high).all()
    assert (high[:-1, 0] < low[1:, 0]).all()


def test_a_cut_plate_keeps_the_characters_in_the_picture() -> None:
    plate = dataclasses.replace(marked_plate(), text="123456")
    texts = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = plate_example(rng, plate, [], Alteration.CUT)
        if found.text:
            assert found.text in plate.text  # what is left is in one piece
            assert len(found.centers) == len(found.text)
        if found.complete is False:
            assert found.text != plate.text
        texts.add(found.text)
    assert len(texts) > 3


def test_a_plate_beside_the_pictures_end_is_complete() -> None:
    for seed in range(20):
        found = plate_example(np.random.default_rng(seed), marked_plate(), [], Alteration.EDGE)
        assert found.complete is True
        assert found.text == marked_plate().text


def test_covers_hide_characters_and_say_so() -> None:
    plate = dataclasses.replace(marked_plate(), text="123456", kind=PlateKind.EUROPE)
    found = [
        plate_example(np.random.default_rng(seed), plate, [], Alteration.COVERED)
        for seed in range(40)
    ]
    said = [example.complete for example in found]
    assert said.count(False) > 12
    assert said.count(True) > 2
    assert all(example.text == plate.text for example in found if example.complete)
    assert all(example.plate for example in found)


def test_separation_counts_both_kinds_of_error() -> None:
    found = separation([0.9, 0.8, 0.4], [0.1, 0.6])
    assert (found.yes, found.no) == (3, 2)
    assert found.auc == pytest.approx(5 / 6)
    assert found.lost == pytest.approx(1 / 3)
    assert found.taken == pytest.approx(1 / 2)
    assert separation([0.5], [0.5]).auc == 0.5


def test_measured_cuts_go_through_a_character() -> None:
    picture, corners = photographed(60)
    for seed in range(10):
        part, quad = cut(np.random.default_rng(seed), picture, corners.astype(np.float32))
        assert part.shape[1] < picture.shape[1]
        # a fifth to a third of the 180 px are gone, whatever the corners say
        assert 120 <= (part[80, :, 0] > 200).sum() <= 146
        assert np.isfinite(quad).all()


def test_measured_covers_hide_something() -> None:
    picture, corners = photographed(60)
    hidden = covered(np.random.default_rng(1), picture, corners.astype(np.float32), [])
    assert hidden is not None
    assert (hidden != picture).any(axis=2)[50:110, 40:220].mean() > 0.05


def test_the_picture_ends_through_the_plate_or_beside_it() -> None:
    corners = np.array([[40, 30], [139, 30], [139, 59], [40, 59]], np.float32)
    for seed in range(30):
        for through in (True, False):
            window = picture_end(np.random.default_rng(seed), (90, 180), corners, through=through)
            inside = (window.low <= corners).all() and (corners <= window.high).all()
            assert inside != through


def test_a_detector_ends_a_cut_plate_at_the_edge_or_beyond() -> None:
    corners = np.array([[-20, 10], [80, 14], [80, 44], [-20, 40]], np.float32)
    lefts = set()
    for seed in range(30):
        given = detected(np.random.default_rng(seed), corners, (60, 120))
        assert np.array_equal(given[1:3], corners[1:3])
        assert -20 <= given[0, 0] <= -0.5
        lefts.add(float(given[0, 0]))
    assert {-20.0, -0.5} < lefts


@pytest.mark.usefixtures("few_faces")
def test_lettering_is_no_plate_and_its_text_does_not_train() -> None:
    found = [lettering_example(np.random.default_rng(seed), []) for seed in range(24)]
    for example in found:
        assert example.crop.shape == (48, 168, 3)
        assert (example.plate, example.complete, example.text, example.rows) == (False, None, "", 0)
    # shapes without lettering are the exception
    assert sum(example.blank for example in found) <= 8
