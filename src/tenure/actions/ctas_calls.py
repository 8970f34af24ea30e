"""CTAs to be made: what a schedule, a playbook or a person asks for, before it is a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tenure.models import Cascade
from tenure.queries.playbooks import Planned

__all__ = ["BulkResult", "Call", "Made", "Planned"]


@dataclass(frozen=True)
class Call:
    """A CTA to be made. ``natural_key`` (rule:account:occasion) keeps it from being made twice; None = as often as asked for.

    ``quiet``: nobody is told of it. ``because`` is what the rule saw. ``playbook`` (a key) asks for that playbook's tasks from ``start`` on (None: the day of the run).
    ``version_id`` and ``tasks`` are what has become of it: callers leave them.
    """

    account_id: int
    type: str
    title: str
    natural_key: str | None = None
    reason: str = ""
    note: str = ""
    priority: int = 2
    important: bool = False
    owner_id: int | None = None
    due_date: date | None = None
    origin: str = "person"
    rule: str = ""
    edition: date | None = None
    because: Mapping[str, Any] = field(default_factory=dict)
    playbook: str = ""
    start: date | None = None
    quiet: bool = False
    version_id: int | None = None
    tasks: tuple[Planned, ...] = ()


@dataclass(frozen=True)
class Made:
    """A CTA that was made of a call; ``use`` is its playbook use."""

    pk: int
    use: int | None
    call: Call


@dataclass
class BulkResult:
    """What something done to many did, by id; ``refused`` tells for each why not. ``cascade`` takes it back."""

    done: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    cascade: Cascade | None = None

    @property
    def told(self) -> str:
        """The result in words: ``12 done. 3 left as they were: This CTA is closed``."""
        parts = [f"{len(self.done):,} done."]
        if self.unchanged:
            parts.append(f"{len(self.unchanged):,} {'was' if len(self.unchanged) == 1 else 'were'} so already.")
        if self.refused:
            left = len(self.refused)
            parts.append(f"{left:,} left as {'it was' if left == 1 else 'they were'}: {self.refused[0][1]}")
        return " ".join(parts)
