"""What one import carries from batch to batch, and what it reports."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime

import polars as pl

from tenure.actions import imports_checks
from tenure.actions.imports_checks import Problem, Refusals
from tenure.models import Run, User
from tenure.queries import imports


@dataclass
class UpsertResult:
    """Counts of rows. ``read`` = created + updated + unchanged + waiting + duplicates + refused + superseded + merged.

    ``merged`` are rows that a later file of the same import speaks of too: they were put together with that file's row; ``conflicts``
    are the cells in which the two differ. ``deleted`` are those created or updated that the source marks as deleted; ``adopted`` are rows that had waited and came in now;
    ``unlinked`` are imported rows of which a reference (an owner, a parent) is not there yet; ``accounts`` whose facts changed.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: int = 0
    duplicates: int = 0
    refused: int = 0
    superseded: int = 0
    merged: int = 0
    conflicts: int = 0
    deleted: int = 0
    adopted: int = 0
    unlinked: int = 0
    problems: list[Problem] = field(default_factory=list)
    accounts: set[int] = field(default_factory=set)

    @property
    def changed(self) -> int:
        """How many rows the import wrote."""
        return self.created + self.updated + self.adopted

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {part.name: getattr(self, part.name) for part in fields(self) if part.type is int or part.type == "int"}

    def add(self, other: "UpsertResult") -> None:
        """Take another batch's counts in."""
        for name, count in other.counts().items():
            setattr(self, name, getattr(self, name) + count)
        self.problems += other.problems
        self.accounts |= other.accounts

    def refuse(self, refusals: Refusals) -> None:
        """Count refused rows."""
        self.problems += refusals.problems
        self.refused += imports_checks.rows_of(refusals.problems)


@dataclass
class Session:
    """One import of one source: when it holds, who does it, and what it remembers between batches.

    A dry session writes nothing; ``virtual`` then stands for what would be there: noun -> external id -> (id, digest).
    """

    source: str
    as_of: date
    at: datetime
    actor: User | None = None
    run: Run | None = None
    dry: bool = False
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    virtual: dict[str, dict[str, tuple[int, bytes]]] = field(default_factory=dict)
    custom_keys: tuple[str, ...] = ()  # the columns of this file that go to custom facts: a blank cell takes the fact away
    waits: bool | None = None
    next_virtual: int = -1

    @property
    def run_id(self) -> int | None:
        """The run's id, for events."""
        return self.run.pk if self.run else None

    def new_file(self) -> None:
        """Forget which ids the file before held."""
        self.seen = {}

    def known(self, noun: str, names: list[str]) -> pl.DataFrame:
        """What is there of these external ids (``queries.imports.known``), and what would be in a dry run."""
        found = imports.known(self.source, noun, names)
        would = (
            [(name, *self.virtual[noun][name], None) for name in names if name in self.virtual[noun]]
            if noun in self.virtual
            else []
        )
        if not would:
            return found
        more = pl.DataFrame(would, schema=found.schema, orient="row")
        return pl.concat([found.join(more, on="external_id", how="anti"), more])

    def ids(self, noun: str, names: Iterable[str]) -> dict[str, int]:
        """Our ids of these external ids."""
        names = set(names)
        shelf = self.virtual.get(noun, {})
        return imports.ids(self.source, noun, names) | {name: shelf[name][0] for name in names if name in shelf}

    def pretend(self, noun: str, frame: pl.DataFrame) -> None:
        """Remember rows that a dry run would have written."""
        shelf = self.virtual.setdefault(noun, {})
        for name, pk, digest in frame.select("external_id", "object_id", "digest").iter_rows():
            shelf[name] = (pk, digest)

    def virtual_ids(self, count: int) -> range:
        """Ids below zero for rows that a dry run would create."""
        self.next_virtual -= count
        return range(self.next_virtual + 1, self.next_virtual + count + 1)

    def something_waits(self) -> bool:
        """Whether anything of this source waits; asked once, then kept in mind."""
        if self.waits is None:
            self.waits = imports.any_waiting(self.source)
        return self.waits
