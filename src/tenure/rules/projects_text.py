"""Texts of projects: their checklists, their headings, and three of them made into one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

BOX = re.compile(r"^([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[)([ xX])(\][ \t]+)(\S.*)$")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*)$")
MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


@dataclass(frozen=True)
class Check:
    """One box of a checklist: its number among the boxes, its line (both from 0), its words and whether it is ticked."""

    number: int
    line: int
    text: str
    done: bool


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no code, with their numbers."""
    fence = ""
    for number, line in enumerate(text.split("\n")):
        found = FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and fence and found[1].startswith(fence) and line.strip() == found[1]:
            fence = ""
        elif not fence:
            yield number, line


def checks(text: str) -> list[Check]:
    """Every box of a text, in order."""
    found = [(line, match) for line, words in _prose(text) if (match := BOX.match(words.rstrip()))]
    return [Check(number, line, match[4], match[2] != " ") for number, (line, match) in enumerate(found)]


def ticked(text: str, number: int, words: str, done: bool) -> str | None:
    """The text with one box ticked or not. The box is known by its words: by its number where they are still there, else as the only one that
    says so; None where it can't be told any more."""
    known = checks(text)
    here = [one for one in known if one.text == words and one.number == number] or [one for one in known if one.text == words]
    if len(here) != 1:
        return None
    lines = text.split("\n")
    lines[here[0].line] = _marked(lines[here[0].line], done)
    return "\n".join(lines)


def _marked(line: str, done: bool) -> str:
    return BOX.sub(lambda match: f"{match[1]}{'x' if done else ' '}{match[3]}{match[4]}", line.rstrip())


def progress(text: str) -> tuple[int, int]:
    """How many boxes are ticked, and how many there are."""
    found = checks(text)
    return sum(one.done for one in found), len(found)


def unticked(text: str) -> str:
    """The text with no box ticked."""
    lines = text.split("\n")
    for one in checks(text):
        lines[one.line] = _marked(lines[one.line], False)
    return "\n".join(lines)


def headings(text: str) -> list[str]:
    """The headings of a text."""
    return [found[1].rstrip().rstrip("#").rstrip() for _, line in _prose(text) if (found := HEADING.match(line))]


@dataclass(frozen=True)
class Merged:
    """Three texts as one; ``clash``: somebody has to choose, and ``text`` has both between markers."""

    text: str
    clash: bool


def merge(base: str, ours: str, theirs: str) -> Merged:
    """What ``theirs`` changed of ``base``, in ``ours``. Ticks are not changes: they stay on the lines that are still there."""
    if ours == theirs or theirs == base:
        return Merged(ours, False)
    done = {one.text for one in checks(ours) if one.done}
    lines, clash = _three(_lines(unticked(base)), _lines(unticked(ours)), _lines(unticked(theirs)))
    text = "\n".join(lines)
    for one in reversed(checks(text)):
        if one.text in done:
            lines[one.line] = _marked(lines[one.line], True)
    return Merged("\n".join(lines), clash)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


@dataclass(frozen=True)
class Line:
    """A line of a text beside another one: ``kept``, ``removed`` or ``added``."""

    what: str
    text: str


def compared(old: str, new: str) -> list[Line]:
    """Every line of both texts, in order: what stands in both once, what was removed before what came in its place."""
    before, after = _lines(old), _lines(new)
    found: list[Line] = []
    for what, i, j, k, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found += [Line("kept", line) for line in before[i:j]]
        else:
            found += [*(Line("removed", line) for line in before[i:j]), *(Line("added", line) for line in after[k:end])]
    return found


def _three(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], bool]:
    """The lines of three texts as one: stretches that all three share stand, between them whoever changed wins."""
    found: list[str] = []
    clash = False
    b = o = t = 0
    for start, in_ours, in_theirs, size in _shared(base, ours, theirs):
        old, mine, new = list(base[b:start]), list(ours[o:in_ours]), list(theirs[t:in_theirs])
        if mine == new or new == old:
            found += mine
        elif mine == old:
            found += new
        else:
            clash = True
            found += [f"{MARKERS[0]} project", *mine, MARKERS[1], *new, f"{MARKERS[2]} template"]
        found += base[start : start + size]
        b, o, t = start + size, in_ours + size, in_theirs + size
    return found, clash


def _shared(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of base that stand in both others: (start in base, in ours, in theirs, lines); an empty one at the end."""
    mine = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    new = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(mine) and j < len(new):
        start = max(mine[i].a, new[j].a)
        end = min(mine[i].a + mine[i].size, new[j].a + new[j].size)
        if start < end:
            yield start, mine[i].b + start - mine[i].a, new[j].b + start - new[j].a, end - start
        if mine[i].a + mine[i].size < new[j].a + new[j].size:
            i += 1
        else:
            j += 1
    yield len(base), len(ours), len(theirs), 0
