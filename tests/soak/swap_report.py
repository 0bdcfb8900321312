"""What came of bundles that changed under load, and whether it is as it should be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SwapReport:
    """What came of it.

    Attributes:
        frames: How many were sent.
        lost: How many have no result or no plate.
        doubled: Results and plates beyond one for each frame.
        failed: Frames that ended in a failure.
        versions: The versions of each partition's results in the order of its frames, each run
            of equal ones once.
        frames_by_version: How many results have which version.
        events: What the log says of models, in its order.
        seconds: From the first frame to the last result.
    """

    frames: int
    lost: int
    doubled: int
    failed: int
    versions: list[list[str]]
    frames_by_version: dict[str, int]
    events: list[str]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing is lost or doubled, and each partition's model changed as it was told."""
        return (
            not self.lost
            and not self.doubled
            and not self.failed
            and all(_as_told(versions) for versions in self.versions)
            and self.events
            == ["model_swapped", "model_refused", "model_swapped", "model_rolled_back"]
        )


def _as_told(versions: list[str]) -> bool:
    """1, then 2, then 4 (which may have met none of this partition's frames), then 2.

    At a roll-back frames on their way may have either model, and only there.
    """
    tail = versions[2:]
    return (
        versions[:2] == ["1.0.0", "2.0.0"]
        and set(tail) <= {"2.0.0", "4.0.0"}
        and (not tail or tail[-1] == "2.0.0")
    )
