"""Bundles side by side in a folder, with pointers to the one in use and the one before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from platestream.cli.exits import CliError, ExitCode
from platestream.vision.models.bundle import BundleError
from platestream.vision.models.pointer import PointerError, bundle_folder, point
from platestream.vision.models.session import ProviderError
from platestream.vision.verify import verify_bundle

CURRENT: Final = "current"
PREVIOUS: Final = "previous"


@contextmanager
def bad_bundle_told() -> Iterator[None]:
    """Tell what is wrong with a bundle that was to be verified.

    Raises:
        CliError: If it is not good, or its models cannot be run here.
    """
    try:
        yield
    except BundleError as error:
        raise CliError(f"Not a good bundle: {error}", ExitCode.SOME_FAILED) from error
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


class Shelf:
    """A folder of bundles; ``current`` and ``previous`` in it point to two of them.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def use(self, name: str) -> str:
        """Point ``current`` to a bundle that is verified first, and ``previous`` to the one before.

        Returns:
            The name of the folder that is in use now.

        Raises:
            CliError: If the bundle is not good, or the pointer cannot be written.
        """
        with bad_bundle_told():
            verify_bundle(self._folder / name)
        return self._point(name)

    def roll_back(self) -> str:
        """Let ``current`` and ``previous`` change places.

        Returns:
            The name of the folder that is in use now.

        Raises:
            CliError: If there is none before, or the pointer cannot be written.
        """
        before = self._named(PREVIOUS)
        if before is None or not (self._folder / before).is_dir():
            raise CliError(f"{self._folder} has no bundle before this one.", ExitCode.USAGE)
        return self._point(before)

    def _point(self, name: str) -> str:
        before = self._named(CURRENT)
        try:
            if before is not None and before != name:
                point(self._folder / PREVIOUS, before)
            point(self._folder / CURRENT, name)
        except (PointerError, OSError) as error:
            raise CliError(f"{self._folder / CURRENT}: {error}", ExitCode.FATAL) from error
        return name

    def _named(self, pointer: str) -> str | None:
        """What a pointer names; None where it is none, or there is none."""
        path = self._folder / pointer
        try:
            if not path.is_symlink() and not path.is_file():
                return None
            return bundle_folder(path).name
        except PointerError:
            return None
