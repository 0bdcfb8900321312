"""All region packs by name, and the groups that stand for several."""

from collections.abc import Iterable
from typing import Final

from platestream.vision.regions import (
    americas,
    asia,
    centre,
    china,
    east,
    north,
    oceania,
    south,
    west,
)
from platestream.vision.regions.region import Region

# Names are those of ISO 3166-1, in lower case; Kosovo, which has none there, is xk as usual.
EUROPE: Final[dict[str, Region]] = {
    "ad": west.ANDORRA,
    "al": south.ALBANIA,
    "at": centre.AUSTRIA,
    "ba": south.BOSNIA,
    "be": west.BELGIUM,
    "bg": south.BULGARIA,
    "by": east.BELARUS,
    "ch": centre.SWITZERLAND,
    "cy": south.CYPRUS,
    "cz": centre.CZECHIA,
    "de": centre.GERMANY,
    "dk": north.DENMARK,
    "ee": north.ESTONIA,
    "es": west.SPAIN,
    "fi": north.FINLAND,
    "fr": west.FRANCE,
    "gb": west.GREAT_BRITAIN,
    "ge": east.GEORGIA,
    "gr": south.GREECE,
    "hr": south.CROATIA,
    "hu": centre.HUNGARY,
    "ie": west.IRELAND,
    "is": north.ICELAND,
    "it": south.ITALY,
    "li": centre.LIECHTENSTEIN,
    "lt": north.LITHUANIA,
    "lu": west.LUXEMBOURG,
    "lv": north.LATVIA,
    "md": east.MOLDOVA,
    "me": south.MONTENEGRO,
    "mk": south.NORTH_MACEDONIA,
    "mt": south.MALTA,
    "nl": west.NETHERLANDS,
    "no": north.NORWAY,
    "pl": centre.POLAND,
    "pt": west.PORTUGAL,
    "ro": south.ROMANIA,
    "rs": south.SERBIA,
    "ru": east.RUSSIA,
    "se": north.SWEDEN,
    "si": south.SLOVENIA,
    "sk": centre.SLOVAKIA,
    "sm": south.SAN_MARINO,
    "ua": east.UKRAINE,
    "va": south.VATICAN,
    "xk": south.KOSOVO,
}
REGIONS: Final[dict[str, Region]] = {
    "ar": americas.ARGENTINA,
    "au": oceania.AUSTRALIA,
    "br": americas.BRAZIL,
    "ca": americas.CANADA,
    "cl": americas.CHILE,
    "cn": china.CHINA,
    **EUROPE,
    "hk": china.HONG_KONG,
    "id": asia.INDONESIA,
    "il": asia.ISRAEL,
    "in": asia.INDIA,
    "kz": asia.KAZAKHSTAN,
    "mo": china.MACAU,
    "mx": americas.MEXICO,
    "my": asia.MALAYSIA,
    "pe": americas.PERU,
    "tr": asia.TURKEY,
    "tw": china.TAIWAN,
    "us": americas.UNITED_STATES,
    "uz": asia.UZBEKISTAN,
    "vn": china.VIETNAM,
}
GROUPS: Final[dict[str, tuple[str, ...]]] = {"eu": tuple(EUROPE), "all": tuple(REGIONS)}
"""``eu`` is Europe as a whole, not the Union alone; ``all`` is every region here."""


def known_names() -> tuple[str, ...]:
    """Return every name that a region can be asked for by."""
    return (*sorted(REGIONS), *sorted(GROUPS))


def regions_of(names: Iterable[str]) -> tuple[Region, ...]:
    """Return the packs of some names, groups put in full, none twice.

    Raises:
        KeyError: if a name is not known.
    """
    single = [one for name in names for one in GROUPS.get(name, (name,))]
    return tuple(REGIONS[name] for name in dict.fromkeys(single))
