"""Two bundles over a folder of pictures: where they agree, as figures and as a page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from platestream.contract.readings import PlateReading
from platestream.stream.agreement import compare
from platestream.stream.reader import PictureReader
from platestream.vision.arrays import UInt8Array

# A page that a browser still opens at once.
_MOST_ROWS: Final = 1000
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Two bundles compared</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
</style>
<h1>{{ one }} and {{ other }}</h1>
<table>
{% for name, value in figures %}<tr><th scope="row">{{ name }}<td class="n">{{ value }}</tr>
{% endfor %}</table>
<h2>Where they differ</h2>
{% if rows %}<table>
<tr><th scope="col">picture<th scope="col">{{ one }}<th scope="col">confidence
<th scope="col">{{ other }}<th scope="col">confidence</tr>
{% for row in rows %}<tr><td>{{ row.picture }}
<td>{{ row.active }}<td class="n">{{ row.active_confidence }}
<td>{{ row.shadow }}<td class="n">{{ row.shadow_confidence }}</tr>
{% endfor %}</table>
{% if more %}<p>and {{ more }} more{% endif %}{% else %}<p>Nowhere.{% endif %}
</html>
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A plate of which the bundles say different things; None where one did not find it."""

    picture: str
    active: str | None
    active_confidence: float | None
    shadow: str | None
    shadow_confidence: float | None


@dataclass(slots=True)
class Agreement:
    """What two bundles say of the same pictures.

    Attributes:
        active: The first bundle.
        shadow: The second.
        pictures: How many were read.
        same_text: Plates that both found, with the same text.
        other_text: Those with another text.
        only_active: Plates that only the first found.
        only_shadow: Plates that only the second found.
        mean_confidence_difference: Of plates that both found, the second's less the first's.
        differences: All plates but those of the same text.
    """

    active: str
    shadow: str
    pictures: int = 0
    same_text: int = 0
    other_text: int = 0
    only_active: int = 0
    only_shadow: int = 0
    mean_confidence_difference: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    def add(
        self, picture: str, active: Sequence[PlateReading], shadow: Sequence[PlateReading]
    ) -> None:
        """Count one picture."""
        found = compare(active, shadow)
        self.pictures += 1
        for one, other in found.both:
            before = self.same_text + self.other_text
            more = other.confidence - one.confidence - self.mean_confidence_difference
            self.mean_confidence_difference += more / (before + 1)
            if one.plate_number == other.plate_number:
                self.same_text += 1
            else:
                self.other_text += 1
                self.differences.append(_difference(picture, one, other))
        self.only_active += len(found.only_active)
        self.only_shadow += len(found.only_shadow)
        self.differences += [_difference(picture, one, None) for one in found.only_active]
        self.differences += [_difference(picture, None, one) for one in found.only_shadow]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)

    def as_html(self) -> str:
        """A page of its own, for people."""
        from jinja2 import Environment

        figures = [
            ("pictures", self.pictures),
            ("found by both, same text", self.same_text),
            ("found by both, other text", self.other_text),
            (f"found by {self.active} only", self.only_active),
            (f"found by {self.shadow} only", self.only_shadow),
            ("confidence, mean difference", f"{self.mean_confidence_difference:+.3f}"),
        ]
        return (
            Environment(autoescape=True)
            .from_string(_PAGE)
            .render(
                one=self.active,
                other=self.shadow,
                figures=figures,
                rows=[_shown(row) for row in self.differences[:_MOST_ROWS]],
                more=max(0, len(self.differences) - _MOST_ROWS),
            )
        )


def compare_over(
    pictures: Iterable[tuple[Path, UInt8Array]],
    active: PictureReader,
    shadow: PictureReader,
    advance: Callable[[], None],
) -> Agreement:
    """Read each picture with both."""
    agreement = Agreement(str(active.model), str(shadow.model))
    for path, picture in pictures:
        (one,), (other,) = active.read([picture]), shadow.read([picture])
        agreement.add(str(path), one, other)
        advance()
    return agreement


def _difference(
    picture: str, active: PlateReading | None, shadow: PlateReading | None
) -> Difference:
    return Difference(
        picture,
        active.plate_number if active is not None else None,
        round(active.confidence, 4) if active is not None else None,
        shadow.plate_number if shadow is not None else None,
        round(shadow.confidence, 4) if shadow is not None else None,
    )


def _shown(row: Difference) -> dict[str, str]:
    return {
        key: "not found" if value is None and not key.endswith("confidence") else _text(value)
        for key, value in asdict(row).items()
    }


def _text(value: str | float | None) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else value
