"""A rule's editions as tables for people: columns, cells in words, and what differs between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tenure.rules.cells import Cell, human
from tenure.rules.facts import CATALOGUE, NUMBERS, Fact
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce, Output, Row, Rule
from tenure.rules.wording import value

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
INITIALS = {"tam": "TAM", "csm": "CSM", "arr": "ARR", "iacv": "iACV", "acv": "ACV"}
ANY = "any"
Key = tuple[str, tuple[str, ...], int]  # when | any, the facts asked together, which of several such groups


@dataclass(frozen=True)
class Box:
    """One cell: its words, the dated value behind it, and whether it came (add), went (del) or changed (mod)."""

    text: str
    is_number: bool = False
    ref: str = ""
    mark: str = ""

    @property
    def is_any(self) -> bool:
        """Whether every account fits."""
        return self.text == ANY


@dataclass(frozen=True)
class Column:
    """One column of conditions. ``alone``: together with the others of its kind, one of them is enough."""

    key: Key
    label: str
    is_number: bool
    alone: bool


@dataclass(frozen=True)
class Line:
    """One row: number in each edition (0 = not there), cells per side, the outcomes. ``rest`` = matches everything else."""

    left_number: int
    number: int
    left: tuple[Box, ...]
    right: tuple[Box, ...]
    outs: tuple[Box, ...]
    was: str = ""  # the outcome in the left edition where it differs
    note: str = ""
    left_rest: bool = False
    rest: bool = False

    @property
    def sign(self) -> str:
        """+ row added, − row gone, ~ row changed."""
        if not self.left_number or not self.number:
            return "+" if self.number else "−"
        return "~" if self.was or any(box.mark for box in (*self.right, *self.outs)) else ""


@dataclass(frozen=True)
class Table:
    """One edition, or two side by side (``left_columns`` empty when one)."""

    left_columns: tuple[Column, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    lines: tuple[Line, ...]
    one_is_enough: bool
    hit: str

    @property
    def changes(self) -> list[str]:
        """What differs: ``2 rows added``, ``1 row changed``."""
        signs = [line.sign for line in self.lines] if self.left_columns else []
        counts = [(signs.count(sign), word) for sign, word in (("+", "added"), ("−", "gone"), ("~", "changed"))]
        return [f"{count} row{'s' if count > 1 else ''} {word}" for count, word in counts if count]


def single(edition: InForce, pack: Pack) -> Table:
    """One edition as a table."""
    columns = _columns(edition, pack)
    lines = tuple(
        Line(
            row.number,
            row.number,
            (),
            _boxes(row, columns, pack),
            _outs(row, edition.rule, pack),
            note=row.note,
            rest=not row.cells,
        )
        for row in edition.rows
    )
    return _table((), columns, edition, lines)


def side_by_side(before: InForce, after: InForce, pack: Pack) -> Table:
    """Two editions of a rule, their rows brought together by outcome, differing cells marked in the later one."""
    left_columns, columns = _columns(before, pack), _columns(after, pack)
    lines = []
    for old, new in _pairs(before.rows, after.rows, pack):
        left = _boxes(old, left_columns, pack) if old else tuple(Box("–", column.is_number) for column in left_columns)
        right = _boxes(new, columns, pack) if new else tuple(Box("–", column.is_number) for column in columns)
        shown = new or old or after.rows[0]  # one of the two is there
        changed = old is not None and new is not None and old.then[0] != new.then[0]
        lines.append(
            Line(
                old.number if old else 0, new.number if new else 0,
                tuple(replace(box, mark="del") for box in left) if not new else left,
                _marked(right, columns, dict(zip([c.key for c in left_columns], left, strict=True)), old, new),
                _outs(shown, after.rule, pack, old), _said(old.then[0], before.rule.outputs[0], pack) if changed and old else "",
                shown.note,
                old is not None and not old.cells, new is not None and not new.cells,
            )
        )  # fmt: skip
    return _table(left_columns, columns, after, tuple(lines))


def is_same(before: InForce, after: InForce, pack: Pack) -> bool:
    """Whether two editions say the same, whatever their notes."""
    old, new = single(before, pack), single(after, pack)
    bare = [[(line.right, line.outs, line.rest) for line in table.lines] for table in (old, new)]
    return bare[0] == bare[1] and old.columns == new.columns and old.hit == new.hit


def words(cell: Cell, pack: Pack) -> str:
    """One test for people: ``> $50,000``, ``≥ 1,000``, ``Large or Strategic``, ``Premium or higher``, ``yes``."""
    fact = pack.facts[cell.fact]
    said = human(cell.test, fact, pack.digits).replace(">=", "≥").replace("<=", "≤")
    if fact.type == "money":
        sign = SIGNS.get(pack.handbook.currency, f"{pack.handbook.currency} ")
        return " ".join(f"{sign}{part}" if part[:1].isdigit() else part for part in said.split())
    for begin, end in (("at least ", " or higher"), ("at most ", " or lower")):
        if said.startswith(begin):
            return said.removeprefix(begin) + end
    parts = [spoken(part, pack) for part in said.split(" or ")]
    return " or ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def spoken(word: str, pack: Pack) -> str:
    """A word of the handbook for people: a role by its title, ``new_account`` without its underscore."""
    roles = pack.sections.get("handbook", {}).get("team_roles") or ()
    title = next((str(role["title"]) for role in roles if role["key"] == word), "")
    return title or (word.replace("_", " ") if word.islower() else word)


def label(fact: Fact, pack: Pack) -> str:
    """A fact's name as a column head: ``ARR``, ``Potential users``; the outcome of a rule goes by the rule's title."""
    text = fact.label or fact.name.replace("_", " ")
    if fact.rule in pack.rules and fact.name not in CATALOGUE and fact.name == pack.rules[fact.rule].outcome.name:
        text = pack.rules[fact.rule].title
    text = " ".join(INITIALS.get(word, word) for word in text.split())
    return text[:1].upper() + text[1:] if text[:2].islower() else text


def day_key(day: date, alternative: str | None) -> str:
    """How an edition is named in addresses: ``2020-01-01`` or ``2020-01-01~summary-page``."""
    return f"{day.isoformat()}~{alternative}" if alternative else day.isoformat()


def _table(left: tuple[Column, ...], columns: tuple[Column, ...], edition: InForce, lines: tuple[Line, ...]) -> Table:
    alone = sum(column.alone for column in columns) > 1
    return Table(left, columns, edition.rule.outputs, lines, alone, edition.edition.hit)


def _groups(row: Row) -> list[tuple[Key, tuple[Cell, ...]]]:
    """The cells of a row under their columns: each of ``when`` alone, each group of ``any`` together."""
    found: list[tuple[Key, tuple[Cell, ...]]] = []
    for kind, groups in (("when", [(cell,) for cell in row.when]), ("any", list(row.any))):
        seen: dict[tuple[str, ...], int] = {}
        for group in groups:
            facts = tuple(cell.fact for cell in group)
            found.append(((kind, facts, seen.setdefault(facts, 0)), tuple(group)))
            seen[facts] += 1
    return found


def _columns(edition: InForce, pack: Pack) -> tuple[Column, ...]:
    keys = dict.fromkeys(key for row in edition.rows for key, _ in _groups(row))
    ordered = sorted(keys, key=lambda key: key[0] != "when")  # what always counts stands first; stable within
    return tuple(_column(key, edition, pack) for key in ordered) or (Column(("when", (), 0), "Account", False, False),)


def _column(key: Key, edition: InForce, pack: Pack) -> Column:
    kind, facts, _ = key
    is_number = pack.facts[facts[-1]].type in NUMBERS and (len(facts) == 1 or _fixed(key, edition, pack) != "")
    if fixed := _fixed(key, edition, pack):
        return Column(key, f"{label(pack.facts[facts[-1]], pack)} on {fixed}", is_number, kind == "any")
    return Column(key, " and ".join(_labels(facts, pack)), is_number, kind == "any")


def _labels(facts: Sequence[str], pack: Pack) -> list[str]:
    first, *others = [label(pack.facts[name], pack) for name in facts]
    return [first, *(text if text[:2].isupper() or text[1:2].isupper() else text[:1].lower() + text[1:] for text in others)]


def _fixed(key: Key, edition: InForce, pack: Pack) -> str:
    """The word of a two-fact group that is the same in every row ("Ultimate" in "users on Ultimate"), blank otherwise."""
    facts = key[1]
    if len(facts) != 2 or facts[0] != "product" or pack.facts[facts[1]].type not in NUMBERS:
        return ""
    said = {words(group[0], pack) for row in edition.rows for other, group in _groups(row) if other == key}
    return said.pop() if len(said) == 1 else ""


def _boxes(row: Row, columns: Sequence[Column], pack: Pack) -> tuple[Box, ...]:
    groups = dict(_groups(row))
    return tuple(_box(groups.get(column.key), column, pack) for column in columns)


def _box(group: tuple[Cell, ...] | None, column: Column, pack: Pack) -> Box:
    if group is None:
        # A row that asks other things "any of" doesn't let everybody in by this column.
        return Box("–" if column.alone else ANY, column.is_number)
    shown = group[1:] if " on " in column.label and len(group) == 2 else group
    return Box(
        " and ".join(words(cell, pack) for cell in shown), column.is_number, next((c.test.ref for c in shown if c.test.ref), "")
    )


def _outs(row: Row, rule: Rule, pack: Pack, old: Row | None = None) -> tuple[Box, ...]:
    """The outcomes of a row; those that differ from another edition's row are marked."""
    was = old.then if old is not None and len(old.then) == len(row.then) else row.then
    return tuple(
        Box(_said(item, output, pack), output.type in NUMBERS, mark="" if item == before else "mod")
        for item, before, output in zip(row.then, was, rule.outputs, strict=True)
    )


def _said(item: Any, output: Output, pack: Pack) -> str:
    return "–" if item is None else spoken(value(item, output, pack), pack)


def _pairs(old: Sequence[Row], new: Sequence[Row], pack: Pack) -> list[tuple[Row | None, Row | None]]:
    """Rows of two editions side by side, both in order, so that those most alike stand together; others stand alone."""
    likes = [[_alike(a, b, pack) for b in new] for a in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            together = likes[i][j] + best[i + 1][j + 1] if likes[i][j] else 0.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[Row | None, Row | None]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and likes[i][j] and best[i][j] == likes[i][j] + best[i + 1][j + 1]:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif i < len(old) and best[i][j] == best[i + 1][j]:
            pairs.append((old[i], None))
            i += 1
        else:
            pairs.append((None, new[j]))
            j += 1
    return pairs


def _alike(old: Row, new: Row, pack: Pack) -> float:
    """How well two rows belong together: 0 unless they lead to the same outcome or ask exactly the same."""
    asked = [{(key, " and ".join(words(cell, pack) for cell in group)) for key, group in _groups(row)} for row in (old, new)]
    share = len(asked[0] & asked[1]) / max(len(asked[0] | asked[1]), 1) if asked[0] or asked[1] else 1.0
    return (
        (1.0 if str(old.then[0]) == str(new.then[0]) else 0.0) + share
        if share == 1 or str(old.then[0]) == str(new.then[0])
        else 0.0
    )


def _marked(
    right: tuple[Box, ...], columns: Sequence[Column], left: dict[Key, Box], old: Row | None, new: Row | None
) -> tuple[Box, ...]:
    if new is None:
        return right
    if old is None:
        return tuple(replace(box, mark="add") for box in right)
    blank = Box(ANY)
    return tuple(
        box if box.text == left.get(column.key, blank).text else replace(box, mark="mod")
        for box, column in zip(right, columns, strict=True)
    )
