"""Which folder a path to a bundle means: itself, or the one that it points to.

A pointer is a symbolic link to a bundle's folder or, where a file system has none, a small text
file that names a folder beside it. Pointing elsewhere is one rename, so nobody ever sees half a
bundle.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

# A bare name: a pointer must not reach outside its folder.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_MOST_BYTES: Final = 256


class PointerError(Exception):
    """A pointer that does not name a folder beside it."""


def bundle_folder(path: Path) -> Path:
    """The folder that ``path`` means now, without links in it; it need not exist.

    Raises:
        PointerError: If it is a file that names no folder beside it.
    """
    folder = path.resolve()
    if not folder.is_file():
        return folder
    try:
        with folder.open("rb") as stream:
            name = stream.read(_MOST_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    if not _NAME.fullmatch(name):
        raise PointerError(f"{path}: neither a folder nor a file that names one beside it")
    return (folder.parent / name).resolve()


def point(pointer: Path, name: str) -> None:
    """Let ``pointer`` name the folder ``name`` beside it, in one step.

    A link, unless there is a text file already or the file system knows no links.

    Raises:
        PointerError: If the name is not one.
        OSError: If it cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise PointerError(f"{name}: not the name of a folder")
    fresh = pointer.with_name(f".{pointer.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        fresh.unlink()
    as_file = pointer.is_file()
    if not as_file:
        try:
            fresh.symlink_to(name, target_is_directory=True)
        except OSError:  # some network and object-store file systems
            as_file = True
    if as_file:
        fresh.write_text(name + "\n", encoding="ascii")
    fresh.replace(pointer)
