"""Reads an HTML page strictly enough to notice what a browser would silently repair."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "rect", "circle", "line"})
# Names of XML namespaces look like addresses but are never fetched.
_NAMESPACES = ("http://www.w3.org/2000/svg",)


@dataclass
class Page:
    """What is on a page."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""

    def count(self, tag: str) -> int:
        """How many elements of this name there are."""
        return sum(name == tag for name, _ in self.tags)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.page.text += data

    def close(self) -> None:
        super().close()
        assert not self._open, f"never closed: {self._open}"


def check_page(path: Path) -> Page:
    """Read a page that must be whole, accessible and alone.

    Raises:
        AssertionError: An element is not closed, a picture has no alternative text, an id is there
            twice, or anything would be loaded from outside the file.
    """
    source = path.read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(source)
    reader.close()
    page = reader.page
    bare = source
    for name in _NAMESPACES:
        bare = bare.replace(name, "")
    assert "http:" not in bare
    assert "https:" not in bare
    assert "url(" not in bare
    assert "@import" not in bare
    assert page.count("script") == 0
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert page.tags[0] == ("html", {"lang": "en"})
    for name, attrs in page.tags:
        for place in ("src", "href"):
            address = attrs.get(place)
            assert address is None or address.startswith(("data:", "#"))
        assert name != "img" or attrs.get("alt")
    return page
