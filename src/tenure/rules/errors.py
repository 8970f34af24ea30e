"""What can be wrong with a handbook, as values and as exceptions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found in a pack. `code` is stable (see lint.CODES); `file`, `path` and `line` say where it stands
    (`line` counts from 1; 0 = not known); `rule` names the rule or dated value it is about, if any."""

    code: str
    severity: Severity
    message: str
    file: str = ""
    path: str = ""
    line: int = 0
    rule: str = ""
    acknowledged: bool = False
    reason: str = ""

    def __str__(self) -> str:
        where = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        return f"{where or 'pack'}: {self.code} {self.path + ': ' if self.path else ''}{self.message}"


class PackError(Exception):
    """The pack cannot be used. `findings` holds every reason, each with file, path and line."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(f) for f in self.findings))


class RuleError(LookupError):
    """A rule or value was asked for that gives no answer on that day. See the three subclasses."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message
        super().__init__(message)


class UnknownName(RuleError):
    """No rule or value has this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(name, f"There is no {kind} named '{name}'.{suggestion(name, known)}")


class NotYetInForce(RuleError):
    """The rule or value exists, but only from a later day."""

    def __init__(self, kind: str, name: str, as_of: date, first: date) -> None:
        self.first = first
        super().__init__(name, f"The {kind} '{name}' is not yet in force on {as_of}: it holds from {first}.")


class Ended(RuleError):
    """The rule or value has ended before this day."""

    def __init__(self, kind: str, name: str, as_of: date, last: date) -> None:
        self.last = last
        super().__init__(name, f"The {kind} '{name}' is no longer in force on {as_of}: its last day was {last}.")


class FactsError(ValueError):
    """A fact frame holds a column that the catalogue does not allow (wrong type, NaN, a word outside its list)."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name most like `name`, else an empty string."""
    by_fold = {k.casefold(): k for k in known}
    close = difflib.get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f" Did you mean '{by_fold[close[0]]}'?" if close else ""
