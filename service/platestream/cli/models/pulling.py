"""Fetching a bundle into a folder of bundles: whole, verified, and then there in one step."""

import fcntl
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from platestream.cli.models.parts import Part, PullError, fetch_part
from platestream.cli.models.reference import Reference
from platestream.cli.models.sources import ARCHIVE, open_source
from platestream.vision.models.bundle import MANIFEST_NAME, BundleError, ModelBundle
from platestream.vision.verify import verify_bundle

_SHORT: Final = 12
_MOST_FILES: Final = 100


def pull(
    reference: Reference,
    folder: Path,
    *,
    most_bytes: int,
    insecure: bool = False,
    total: Callable[[int | None], None] = lambda _: None,
    advance: Callable[[int], None] = lambda _: None,
) -> str:
    """Fetch a bundle into ``folder``, unless it is there.

    What was fetched before a break stays in a hidden folder beside, and the next call goes on with
    it. Of several calls for the same digest one fetches, and the others wait for it.

    Args:
        reference: Where from, and the digest.
        folder: Where bundles lie side by side.
        most_bytes: How large the bundle may be, as it is fetched and as it is unpacked.
        insecure: Speak HTTP with an OCI registry.
        total: Told how many bytes there are, if that is known.
        advance: Told how many more have come.

    Returns:
        The name of its folder: name, version and the first digits of the digest.

    Raises:
        PullError: If it cannot be had, is too large, or is not what its digest says.
        BundleError: If it is no good bundle.
        OSError: If it cannot be written.
    """
    short = reference.digest.removeprefix("sha256:")[:_SHORT]
    with _alone(folder, f".pull-{short}"):
        there = sorted(folder.glob(f"*-{short}/{MANIFEST_NAME}"))
        if there:
            ModelBundle.load(there[0].parent)
            return there[0].parent.name
        partial = folder / f".pull-{short}"
        partial.mkdir(parents=True, exist_ok=True)
        with open_source(reference, insecure=insecure) as parts:
            _fetch(parts, partial, most_bytes, total, advance)
        fresh = partial
        if (partial / ARCHIVE).exists():
            fresh = partial / "unpacked"
            shutil.rmtree(fresh, ignore_errors=True)
            _unpack(partial / ARCHIVE, fresh, most_bytes)
        try:
            manifest = verify_bundle(fresh).manifest
        except BundleError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        name = f"{manifest.name}-{manifest.version.replace('+', '_')}-{short}"
        fresh.rename(folder / name)
        shutil.rmtree(partial, ignore_errors=True)
        return name


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Let one call at a time do this: replicas that share a volume start together."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(
    parts: list[Part],
    folder: Path,
    most_bytes: int,
    total: Callable[[int | None], None],
    advance: Callable[[int], None],
) -> None:
    sizes = [part.size for part in parts]
    known = [size for size in sizes if size is not None]
    total(sum(known) if len(known) == len(sizes) else None)
    if sum(known) > most_bytes:
        raise PullError(f"{sum(known)} bytes, and {most_bytes} are allowed (--max-bytes)")
    left = most_bytes
    for part in parts:
        left -= fetch_part(part, folder, left, advance).stat().st_size


def _unpack(archive: Path, folder: Path, most_bytes: int) -> None:
    """Unpack the files of a bundle: plain files at the top, or all in one folder."""
    folder.mkdir()
    left, names = most_bytes, set[str]()
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                if not member.isfile() or name.startswith("."):
                    continue
                left -= member.size
                if left < 0 or len(names) >= _MOST_FILES or name in names:
                    raise PullError("the archive is too large, or has a file twice")
                names.add(name)
                stream = tar.extractfile(member)
                if stream is None:
                    continue
                with stream, (folder / name).open("wb") as target:
                    shutil.copyfileobj(stream, target)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise PullError(f"not an archive of a bundle: {type(error).__name__}") from error
