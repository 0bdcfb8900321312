"""Patterns as a trie: how long a match takes depends on the text, not on how many there are."""

from dataclasses import dataclass, field

from platestream.hotlists.entry import ANY_CHARACTER, ANY_TEXT


@dataclass(slots=True, eq=False)
class _Node:
    """``stays``: it was reached by a ``*`` and takes any character, without moving."""

    stays: bool = False
    children: dict[str, "_Node"] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)


class PatternTrie:
    """Patterns of characters, ``?`` for one of any kind and ``*`` for any number of them."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, pattern: str, entry_id: str) -> None:
        """List an id under a pattern."""
        node = self._root
        for char in _simplified(pattern):
            node = node.children.setdefault(char, _Node(stays=char == ANY_TEXT))
        node.ids.add(entry_id)

    def remove(self, pattern: str, entry_id: str) -> None:
        """Take an id away again, and the branch that only it needed."""
        path: list[tuple[_Node, str]] = []
        node = self._root
        for char in _simplified(pattern):
            path.append((node, char))
            node = node.children[char]
        node.ids.remove(entry_id)
        for parent, char in reversed(path):
            if node.ids or node.children:
                return
            del parent.children[char]
            node = parent

    def matches(self, text: str) -> list[str]:
        """The ids of all patterns that fit the whole text, in order."""
        states = _with_stars({self._root})
        for char in text:
            after = {node for node in states if node.stays}
            for node in states:
                for step in (char, ANY_CHARACTER):
                    if (child := node.children.get(step)) is not None:
                        after.add(child)
            if not after:
                return []
            states = _with_stars(after)
        return sorted(entry_id for node in states for entry_id in node.ids)


def _with_stars(nodes: set[_Node]) -> set[_Node]:
    """Nodes, and those that a ``*`` leads to without a character."""
    stars = {node.children[ANY_TEXT] for node in nodes if ANY_TEXT in node.children}
    return nodes | stars


def _simplified(pattern: str) -> str:
    """Several ``*`` in a row say no more than one."""
    while ANY_TEXT * 2 in pattern:
        pattern = pattern.replace(ANY_TEXT * 2, ANY_TEXT)
    return pattern
