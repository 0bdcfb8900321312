"""All region packs by name, and the groups that stand for several."""

from collections.abc import Iterable
from typing import Final

from platestream.vision.regions import americas, asia, europe, north
from platestream.vision.regions.region import Region

# Names are those of ISO 3166-1, in lower case.
EUROPE: Final[dict[str, Region]] = {
    "at": europe.AUSTRIA,
    "be": europe.BELGIUM,
    "bg": europe.BULGARIA,
    "ch": europe.SWITZERLAND,
    "cz": europe.CZECHIA,
    "de": europe.GERMANY,
    "dk": north.DENMARK,
    "ee": north.ESTONIA,
    "es": europe.SPAIN,
    "fi": north.FINLAND,
    "fr": europe.FRANCE,
    "gb": europe.GREAT_BRITAIN,
    "gr": europe.GREECE,
    "hr": europe.CROATIA,
    "hu": europe.HUNGARY,
    "ie": europe.IRELAND,
    "it": europe.ITALY,
    "lt": north.LITHUANIA,
    "lu": europe.LUXEMBOURG,
    "lv": north.LATVIA,
    "nl": europe.NETHERLANDS,
    "no": north.NORWAY,
    "pl": europe.POLAND,
    "pt": europe.PORTUGAL,
    "ro": europe.ROMANIA,
    "rs": europe.SERBIA,
    "se": north.SWEDEN,
    "si": europe.SLOVENIA,
    "sk": europe.SLOVAKIA,
    "ua": europe.UKRAINE,
}
REGIONS: Final[dict[str, Region]] = {
    "ar": americas.ARGENTINA,
    "br": americas.BRAZIL,
    "cl": americas.CHILE,
    "cn": asia.CHINA,
    **EUROPE,
    "in": asia.INDIA,
    "pe": americas.PERU,
    "tr": asia.TURKEY,
    "tw": asia.TAIWAN,
    "us": americas.UNITED_STATES,
    "uz": asia.UZBEKISTAN,
    "vn": asia.VIETNAM,
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
