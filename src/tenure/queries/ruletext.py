"""The part of a handbook file that states one edition, with its line numbers."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from tenure.rules.packs import Pack
from tenure.rules.parts import Edition, Place

KEY = re.compile(r"^(\s*(?:- )?)([A-Za-z_][\w-]*:)(?=\s|$)(.*)$")


@dataclass(frozen=True)
class TextLine:
    """One line of a file: number, the spaces before, its key if it begins with one, the rest; ``added`` against another edition."""

    number: int
    lead: str
    key: str
    rest: str
    added: bool = False


@dataclass(frozen=True)
class Excerpt:
    """Neighbouring lines of a file."""

    file: str
    lines: tuple[TextLine, ...]

    @property
    def first(self) -> int:
        """The number of the first line."""
        return self.lines[0].number if self.lines else 0

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.lines[-1].number if self.lines else 0


def of_edition(pack: Pack, edition: Edition, against: Edition | None = None) -> Excerpt:
    """The lines of an edition; those that ``against`` doesn't have are marked."""
    first, texts = _texts(pack, edition.place)
    old = _texts(pack, against.place)[1] if against is not None and against is not edition else texts
    same = set()
    for block in SequenceMatcher(a=old, b=texts, autojunk=False).get_matching_blocks():
        same |= set(range(block.b, block.b + block.size))
    lines = (_line(first + i, text, i not in same) for i, text in enumerate(texts))
    return Excerpt(edition.place.file, tuple(lines))


def of_place(pack: Pack, place: Place) -> Excerpt:
    """The lines of whatever begins at a place."""
    first, texts = _texts(pack, place)
    return Excerpt(place.file, tuple(_line(first + i, text, False) for i, text in enumerate(texts)))


def _texts(pack: Pack, place: Place) -> tuple[int, list[str]]:
    """The first line's number and the lines from a place to where something as high or higher begins, their indent taken off."""
    lines = pack.texts[place.file].splitlines()
    start = max(place.line - 1, 0)
    depth = _depth(lines[start]) if start < len(lines) else 0
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    kept = lines[start:end]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith("#")):
        kept.pop()
    return start + 1, [line[depth:] for line in kept]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _line(number: int, text: str, added: bool) -> TextLine:
    match = KEY.match(text)
    return TextLine(number, match[1], match[2], match[3], added) if match else TextLine(number, "", "", text, added)
