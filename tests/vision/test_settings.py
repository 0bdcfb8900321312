import pytest
from pydantic import ValidationError

from platestream.vision.models.providers import CPU, CUDA, canonical_provider, needs_fixed_shapes
from platestream.vision.settings import VisionSettings


def test_short_provider_names_become_real_ones() -> None:
    settings = VisionSettings.model_validate(
        {"providers": ["cuda", "CPUExecutionProvider"], "provider_options": {"gpu": {"a": "1"}}}
    )
    assert settings.providers == (CUDA, CPU)
    assert settings.provider_options == {CUDA: {"a": "1"}}


@pytest.mark.parametrize(
    "values",
    [
        {"providers": ["fast"]},
        {"providers": []},
        {"batch_buckets": [2, 4]},
        {"batch_buckets": [1, 4, 4]},
        {"batch_buckets": [1, 4096]},
        {"threads": 0},
        {"score_threshold": 1.5},
        {"min_confidence": float("nan")},
        {"max_plates": 0},
        {"regions": ["cn", "atlantis"]},
        {"regions": "cn"},
        {"region_strict": True, "regions": []},
        {"tile_scale": 0.5},
        {"max_tiles": 0},
        {"no_such_setting": 1},
    ],
)
def test_nonsense_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VisionSettings.model_validate(values)


def test_provider_names() -> None:
    assert canonical_provider("TensorRT") == "TensorrtExecutionProvider"
    assert canonical_provider("SomeNewExecutionProvider") == "SomeNewExecutionProvider"
    assert not needs_fixed_shapes(CPU)
    assert needs_fixed_shapes(CUDA)


def test_an_unknown_region_is_named_beside_the_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"no such region: atlantis; known are .*cn.*tw.*eu"):
        VisionSettings(regions=("cn", "atlantis"))


def test_names_of_regions_are_taken_as_people_write_them() -> None:
    assert VisionSettings(regions=("CN", " tw", "cn")).regions == ("cn", "tw")
