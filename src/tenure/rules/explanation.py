"""One rule's decision about one account, with everything it rests on, and in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

GIVEN = "given with the facts"
Status = Literal["decided", "undecided", "not_in_force", "given", "error"]


class Check(NamedTuple):
    """One cell of one row, asked of one account. `group` is 0 for the row's `when`, else the number of the group of
    `any`; `value` is the fact (money in major units; None = missing); `cell` the test in the pack's notation, `test`
    in plain words; `passed` None = unknown; `decisive`: the outcome (or its absence) hangs on it. An outcome that was
    given has one check alone, of row 0: that it was given."""

    row: int
    group: int
    fact: str
    label: str
    value: Any
    shown: str
    test: str
    cell: str
    passed: bool | None
    decisive: bool
    ref: str = ""


@dataclass(frozen=True)
class Explanation:
    """One rule's decision about one account, with everything it rests on.

    `outcome` and `outputs` (all outputs by name, the outcome among them) have money in major units; `missing` names
    the facts asked for in vain; `row` is the row that matched (0 = none); `edition` the day from which the edition
    holds, `in_force_since` from which it holds with exactly these dated values; `values` the dated values read;
    `message` says what went wrong (not in force, a fact that cannot be read). `digest` is that of the pack.
    `not_given` names the optional facts that were asked for and not known: their checks do not hold. `basis` explains
    the facts read that are other rules' outcomes and were not given: fact -> that rule's decision."""

    rule: str
    title: str
    as_of: date
    status: Status
    outcome: Any
    outputs: Mapping[str, Any]
    missing: tuple[str, ...]
    row: int
    edition: date | None
    in_force_since: date | None
    source: str
    note: str
    values: tuple[str, ...]
    checks: tuple[Check, ...]
    digest: str
    message: str = ""
    not_given: tuple[str, ...] = ()
    basis: Mapping[str, Explanation] = field(default_factory=dict)

    @property
    def decisive(self) -> tuple[Check, ...]:
        """The checks on which the outcome hangs."""
        return tuple(check for check in self.checks if check.decisive)

    def sentence(self) -> str:
        """The decision in plain words, on one line, and after it those of the rules behind it."""
        if self.status in ("not_in_force", "error"):
            return self.message
        if self.status == "given":
            return f"{spoken(self.outcome)}, {GIVEN} and not decided by the rule ({self._where()})."
        said = "Undecided" if self.status == "undecided" else spoken(self.outcome)
        because = f", because {self.because}" if self.because else ""
        rest = "".join(f" {_heading(self._label(fact))}: {self.basis[fact].sentence()}" for fact in self._leading())
        return f"{said}{because}{self._unheard()} ({self._where()}).{rest}"

    @property
    def because(self) -> str:
        """The reason alone: `users 2,100 > 1,000`, `iACV is missing`; empty for a table that asks for nothing."""
        if self.status == "undecided":
            asked = " and ".join(self._label(name) for name in self.missing)
            return f"{asked} {'is' if len(self.missing) == 1 else 'are'} missing" if asked else self.message
        return self._why()

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON: dates as ISO text, money as numbers."""
        return {
            "rule": self.rule, "title": self.title, "as_of": self.as_of.isoformat(), "status": self.status,
            "outcome": plain(self.outcome), "outputs": {k: plain(v) for k, v in self.outputs.items()},
            "missing": list(self.missing), "row": self.row or None,
            "edition": plain(self.edition), "in_force_since": plain(self.in_force_since),
            "source": self.source, "note": self.note, "values": list(self.values), "message": self.message,
            "checks": [
                {"row": c.row, "group": c.group, "fact": c.fact, "label": c.label, "value": plain(c.value),
                 "test": c.test, "cell": c.cell, "passed": c.passed, "decisive": c.decisive, "ref": c.ref}
                for c in self.checks
            ],
            "digest": self.digest, "sentence": self.sentence(), "not_given": list(self.not_given),
            "basis": {fact: found.to_json() for fact, found in self.basis.items()},
        }  # fmt: skip

    def _why(self) -> str:
        said = dict.fromkeys(_said(check) for check in self.decisive if check.passed)
        if said:
            return " and ".join(said)
        return "no row above it holds" if self.row > 1 else ""

    def _unheard(self) -> str:
        """The optional facts that nobody gave."""
        named = " and ".join(self._label(name) for name in self.not_given)
        return f"; not given and so not counted: {named}" if named else ""

    def _leading(self) -> list[str]:
        """The computed facts on which the outcome hangs."""
        asked = dict.fromkeys(check.fact for check in self.decisive)
        return [fact for fact in asked if fact in self.basis]

    def _where(self) -> str:
        parts = [self.title, f"row {self.row}" if self.row and self.status == "decided" else ""]
        parts += [
            f"in force since {self.in_force_since}" if self.in_force_since else "",
            self.source and f"source: {self.source}",
        ]
        return ", ".join(part for part in parts if part)

    def _label(self, name: str) -> str:
        return next((check.label for check in self.checks if check.fact == name), name)


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else float(value)


def spoken(value: Any) -> str:
    """An outcome for people."""
    if isinstance(value, list):
        return ", ".join(spoken(item) for item in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _said(check: Check) -> str:
    """A check that holds: `users 2,100 > 1,000`, `segment Large is Large or Strategic`, `employees is missing`."""
    if check.test == "is missing":
        return f"{check.label} is missing"
    verb = "is " if check.test[0].isalpha() and not check.test.startswith("is ") else ""
    return f"{check.label} {check.shown} {verb}{check.test}"


def _heading(label: str) -> str:
    return label[:1].upper() + label[1:]
