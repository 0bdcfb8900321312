"""Characters and colours that the recognizer tells apart, and their class numbers."""

from __future__ import annotations

from training.render.chinese_text import PROVINCES

# Stands in a text for a character that is legible and not in the alphabet.
UNKNOWN_CHAR = "\N{REPLACEMENT CHARACTER}"
# New characters go to the end: class numbers are in chunks on disk and in exported models.
ALPHABET = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    + PROVINCES
    + "使领港澳学警挂航民应急"
    + "ÜÖÄ"
    + UNKNOWN_CHAR
)
COLORS = ("blue", "green", "black", "white", "yellow", "unknown")
# class 0 is the CTC blank
CLASSES = len(ALPHABET) + 1
MAX_CHARS = 12

_CLASS = {char: place + 1 for place, char in enumerate(ALPHABET)}


def encode(text: str) -> list[int]:
    """Return the class of each character.

    Raises:
        ValueError: if a character is not in the alphabet.
    """
    try:
        return [_CLASS[char] for char in text]
    except KeyError as error:
        raise ValueError(f"character {error.args[0]!r} is not in the alphabet") from error


def within(text: str) -> str:
    """Return the text with every character that is not in the alphabet as ``UNKNOWN_CHAR``."""
    return "".join(char if char in _CLASS else UNKNOWN_CHAR for char in text)


def decode(path: list[int]) -> str:
    """Return the text of a best path: repeats merged, blanks dropped."""
    text = []
    last = 0
    for place in path:
        if place not in (0, last):
            text.append(ALPHABET[place - 1])
        last = place
    return "".join(text)
