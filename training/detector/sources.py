"""What training pictures are made from: photos by source, hard patches, plates to paste."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from training.detector.photos import Photo

Image = NDArray[np.uint8]

# Share of each source among the views. Few photos are shown less often than their number of
# plates would need; gate and road cameras of several countries count alike.
SOURCE_WEIGHTS = {
    "ccpd_subset": 0.12,
    "easypr_general_test": 0.16,
    "kaggle_car_plate_detection": 0.19,
    "robertlucian_dashcam": 0.10,
    "egypt_motorcycle": 0.07,
    "cn_hand_labelled": 0.02,
    "openimages_plates": 0.16,
    "thailand_photos": 0.08,
    "thailand_cars": 0.04,
    "russia_web": 0.02,
    "philippines_photos": 0.01,
    "poland_web": 0.03,
    "poland_photos": 0.02,
    "korea_cvlab": 0.03,
    "drawn": 0.12,
}


@dataclass(slots=True)
class Sources:
    """Everything a sample is made from; read-only once built."""

    photos: dict[str, list[Photo]]
    patches: list[Image]
    """Hard negative patches of any size."""
    plates: list[Image]
    """Upright plate pictures for pasting."""
    names: list[str] = field(default_factory=list)
    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.names = [name for name in SOURCE_WEIGHTS if self.photos.get(name)]
        weights = np.array([SOURCE_WEIGHTS[name] for name in self.names])
        self.weights = weights / max(weights.sum(), 1e-9)

    def photo(self, rng: np.random.Generator) -> Photo:
        """A random photo, sources weighted."""
        name = self.names[int(rng.choice(len(self.names), p=self.weights))]
        group = self.photos[name]
        return group[int(rng.integers(len(group)))]
