"""When a template moves on: what its new version changes, in a project that people have changed too. Pure: three sides in, changes out.

A part (label, milestone, issue; the project itself for its texts) is known by its key. ``base`` is what the template said when the part was made or last
brought up to date, ``ours`` what the project says now, ``theirs`` what the new version says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tenure.rules.projects_text import merge, unticked

What = Literal["added", "changed", "dropped"]
State = Literal["clean", "clash"]
Fields = Mapping[str, Any]
TEXT = frozenset({"description", "readme", "instructions"})
SETS = frozenset({"labels"})


@dataclass(frozen=True)
class Part:
    """A part of the project. ``fields``: what it says now; ``base``: what the template said; ``gone``: people have deleted it."""

    fields: Fields
    base: Fields
    gone: bool = False


@dataclass(frozen=True)
class Change:
    """One thing that the new version changes: a part that is new, one field of a part, a part that it drops. ``merged`` is what a clean one
    writes; of a clash in a text it has both between markers, for who would rather write it anew."""

    noun: str
    key: str
    what: What
    field: str = ""
    base: Any = None
    ours: Any = None
    theirs: Any = None
    merged: Any = None
    state: State = "clean"
    title: str = ""

    @property
    def code(self) -> str:
        """What it is known by."""
        return f"{self.noun}:{self.key}:{self.field}" if self.field else f"{self.noun}:{self.key}"


def changes(noun: str, ours: Mapping[str, Part], theirs: Mapping[str, Fields]) -> list[Change]:
    """Everything that a new version changes of the parts of one noun. What people deleted stays deleted, what they changed and the template didn't
    stays as it is: neither is a change."""
    found: list[Change] = []
    for key, wanted in theirs.items():
        part = ours.get(key)
        title = str(wanted.get("title") or wanted.get("name") or key)
        if part is None:
            found.append(Change(noun, key, "added", theirs=dict(wanted), merged=dict(wanted), title=title))
        elif not part.gone:
            found += _fields(noun, key, part, wanted, title)
    for key, part in ours.items():
        if key not in theirs and not part.gone:
            clean = all(same(name, part.fields.get(name), part.base.get(name)) for name in part.base)
            title = str(part.fields.get("title") or part.fields.get("name") or key)
            found.append(Change(noun, key, "dropped", ours=dict(part.fields), state="clean" if clean else "clash", title=title))
    return found


def _fields(noun: str, key: str, part: Part, wanted: Fields, title: str) -> Iterator[Change]:
    for name, theirs in wanted.items():
        base, ours = part.base.get(name), part.fields.get(name)
        if same(name, base, theirs) or same(name, ours, theirs):
            continue
        merged, clash = _merged(name, base, ours, theirs)
        if same(name, merged, ours) and not clash:
            continue
        yield Change(noun, key, "changed", name, base, ours, theirs, merged, "clash" if clash else "clean", title)


def _merged(name: str, base: Any, ours: Any, theirs: Any) -> tuple[Any, bool]:
    if name in SETS:
        kept = [one for one in ours or () if one not in (base or ()) or one in (theirs or ())]
        return sorted({*kept, *(one for one in theirs or () if one not in (base or ()))}), False
    if name in TEXT:
        found = merge(str(base or ""), str(ours or ""), str(theirs or ""))
        return found.text, found.clash
    return theirs, not same(name, ours, base)


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field say the same: ticks, and the order of labels, don't count."""
    if name in SETS:
        return set(one or ()) == set(other or ())
    if name in TEXT:
        return bool(unticked(str(one or "")).strip() == unticked(str(other or "")).strip())
    return bool((one or None) == (other or None))


def counted(found: Sequence[Change]) -> tuple[int, int]:
    """How many are clean, and how many somebody has to choose."""
    clean = sum(one.state == "clean" for one in found)
    return clean, len(found) - clean
