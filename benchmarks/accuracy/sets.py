"""Which labelled pictures are measured, and what is asked of each set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from platestream.cli.evaluate.labels import read_labels
from training.calibration.held_out import held_out

if TYPE_CHECKING:
    from pathlib import Path

    from platestream.cli.evaluate.labels import LabelledPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSet:
    """Pictures that are reported together.

    Attributes:
        title: As the report calls them.
        folders: Of the data folder.
        every_row: Take all rows that no weights learnt from instead of the ``dev`` rows alone.
        target: What is aimed at, least and goal, in words; empty where nothing is asked.
        chinese: Whether its plates are Chinese.
        in_total: Whether it counts in slices and diagrams (a set measured twice must not).
        asks_peers: Whether other readers are asked for it.
    """

    title: str
    folders: tuple[str, ...]
    every_row: bool = False
    target: str = ""
    chinese: bool = False
    in_total: bool = True
    asks_peers: bool = True

    def pictures(self, data: Path, limit: int | None = None) -> list[LabelledPicture]:
        """Return the set's pictures; at most ``limit`` of each folder, evenly spread.

        Raises:
            LabelError: If a label file is missing or broken.
        """
        chosen: list[LabelledPicture] = []
        for folder in self.folders:
            rows = (
                held_out(data, folder)
                if self.every_row
                else read_labels([data / folder / "labels.csv"], split="dev")
            )
            step = max(1, -(-len(rows) // limit)) if limit else 1
            chosen += rows[::step]
        return chosen

    @property
    def is_crops(self) -> bool:
        """Whether the pictures are cut-out plates."""
        return "_crops" in self.folders[0]


SETS: Final = (
    PictureSet(
        title="CCPD photos",
        folders=("ccpd_subset",),
        target="99 / 97, goal 99.5 / 98.5",
        chinese=True,
    ),
    PictureSet(
        title="EasyPR photos",
        folders=("easypr_general_test",),
        target="98 / 95, goal 99 / 97.5",
        chinese=True,
    ),
    PictureSet(
        title="phone photos and hand-labelled Chinese photos (dev)",
        folders=("shaowenfu_car2024", "cn_hand_labelled"),
        target="98 / 95, goal 100 / 98",
        chinese=True,
        in_total=False,
        asks_peers=False,
    ),
    PictureSet(
        title="phone photos and hand-labelled Chinese photos (all untrained rows)",
        folders=("shaowenfu_car2024", "cn_hand_labelled"),
        every_row=True,
        target="98 / 95, goal 100 / 98",
        chinese=True,
    ),
    PictureSet(
        title="AOLP photos, Taiwan (dev)",
        folders=("aolp_ac",),
        target="97 / 90, goal 99.5 / 98",
        in_total=False,
    ),
    PictureSet(
        title="AOLP photos, Taiwan (all rows)",
        folders=("aolp_ac",),
        every_row=True,
        asks_peers=False,
    ),
    PictureSet(
        title="dash-cam photos, Romania",
        folders=("robertlucian_dashcam",),
        target="found 88 at 0.2 false, goal 95 at 0.1",
    ),
    PictureSet(
        title="motorcycle photos, Egypt",
        folders=("egypt_motorcycle",),
        target="found 85 at 0.2 false, goal 95 at 0.1",
    ),
    PictureSet(
        title="web photos of the world (Kaggle)",
        folders=("kaggle_car_plate_detection",),
        target="found 74 at 0.2 false, goal 88 at 0.1",
    ),
    PictureSet(title="world photos (Open Images)", folders=("openimages_plates",)),
    PictureSet(title="Polish photos", folders=("poland_web", "poland_photos")),
    PictureSet(
        title="photos of Thailand, Russia, the Philippines",
        folders=("thailand_photos", "thailand_cars", "russia_web", "philippines_photos"),
    ),
    PictureSet(title="Dutch clips, frame by frame", folders=("nl_video_sequences",)),
    PictureSet(
        title="EasyPR patches without a plate",
        folders=("easypr_negative_patches",),
        target="false 0.01, goal 0.003",
    ),
    PictureSet(
        title="LPRNet test crops",
        folders=("lprnet_pytorch_test_crops",),
        target="96, goal 97.5",
        chinese=True,
    ),
    PictureSet(
        title="CCPD crops, many provinces",
        folders=("ccpd_crops_extra",),
        target="96, goal 98",
        chinese=True,
    ),
    PictureSet(
        title="EasyPR crops", folders=("easypr_train_crops",), target="97, goal 99", chinese=True
    ),
    PictureSet(title="European crops", folders=("european_crops",), target="85, goal 93"),
    PictureSet(title="Chilean crops", folders=("chile_crops",), target="95, goal 99.5"),
    PictureSet(title="Vietnamese crops", folders=("vietnam_crops",), target="92, goal 98.5"),
    PictureSet(title="Peruvian crops", folders=("peru_crops",), target="55, goal 80"),
    PictureSet(title="Uzbek crops", folders=("uzbekistan_crops",), target="70, goal 90"),
)
