"""What describes a state's base design."""

from __future__ import annotations

from dataclasses import dataclass

# B G R of what designs are made of.
COLOURS: dict[str, tuple[int, int, int]] = {
    "white": (242, 242, 242),
    "cream": (205, 232, 240),
    "sky": (240, 215, 170),
    "blue": (165, 80, 25),
    "navy": (95, 45, 20),
    "red": (45, 40, 190),
    "maroon": (45, 25, 110),
    "green": (70, 120, 25),
    "dark_green": (50, 80, 15),
    "mint": (210, 235, 205),
    "yellow": (50, 205, 245),
    "gold": (60, 165, 215),
    "orange": (40, 130, 240),
    "peach": (165, 200, 250),
    "purple": (130, 60, 110),
    "grey": (150, 150, 150),
    "silver": (200, 200, 200),
    "brown": (50, 80, 120),
    "black": (32, 30, 30),
    "teal": (150, 140, 40),
    "turquoise": (165, 160, 30),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state's base design.

    Attributes:
        name: as written along the top.
        patterns: serials, as in ``latin.pattern``.
        slogans: words along the foot, one for each design or era.
        fields: background colours from top to foot; more than one make a fade.
        ink: colour of the serial.
        title: colour of the state's name.
        art: what is drawn behind the serial, ``shape:colour``; see ``art.py``.
        color: the contract's colour of the background.
        aspect: smallest and largest width / height.
    """

    name: str
    patterns: tuple[str, ...]
    slogans: tuple[str, ...] = ("",)
    fields: tuple[str, ...] = ("white",)
    ink: str = "navy"
    title: str = "navy"
    art: tuple[str, ...] = ()
    color: str = "white"
    aspect: tuple[float, float] = (1.85, 2.15)
