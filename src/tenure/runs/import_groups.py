"""The files of one import that hold rows of one noun: rows of which several files speak are held back, put together and written once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

from tenure.actions import imports, imports_checks, imports_frames
from tenure.actions.imports import Problem, Session, UpsertResult
from tenure.actions.imports_checks import Refusals, rows_of
from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.links.files import applying, merging, wholes
from tenure.links.files.applying import Applier
from tenure.links.files.merging import Merged, Statement
from tenure.runs.import_plan import Part

Report = Callable[[str, list[Problem]], None]
Add = Callable[[UpsertResult], None]


@dataclass
class Held:
    """One file's rows that wait for the other files, with where to count and tell what came of them."""

    applier: Applier
    add: Add
    report: Report
    frames: list[pl.DataFrame] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.applier.table.name


class Group:
    """Files of one noun. A file alone in its group holds nothing back; of several the ids are read first, to know which they share."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = list(parts)
        self.held: list[Held] = []
        self.charges: list[pl.DataFrame] = []
        self.later: list[Callable[[], None]] = []
        self._shared: pl.Series | None = None

    def shared(self) -> pl.Series:
        """The ids (as hashes) of which more than one file speaks."""
        if self._shared is None:
            self._shared = merging.in_several([_ids(part) for part in self.parts]) if len(self.parts) > 1 else merging.NONE
        return self._shared

    def enter(self, applier: Applier, add: Add, report: Report) -> Held:
        """The next file of the group."""
        self.held.append(Held(applier, add, report))
        return self.held[-1]

    def own(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of which only this file speaks; the others are held back."""
        shared = self.shared()
        if not len(shared) or "external_id" not in frame.columns:
            return frame
        common = frame["external_id"].hash().is_in(shared.implode())
        if common.any():
            self.held[-1].frames.append(frame.filter(common))
            frame = frame.filter(~common)
        return frame

    def then(self, action: Callable[[], None]) -> None:
        """Something that comes after all rows of the group are there."""
        self.later.append(action)

    def add_up(self, frames: list[pl.DataFrame]) -> None:
        """Charges of this file, to be added up with those of the others."""
        place = pl.lit(len(self.held) - 1).alias("place")
        self.charges += [frame.with_columns(place) for frame in frames]

    def settle(self, session: Session, noun: str) -> None:
        """After the last file: write what was held back."""
        spec = SPECS[noun]
        statements = [_statement(held) for held in self.held]
        for merged in merging.merge(spec, statements):
            for place in merged.places:
                self._tell(merged, place)
            session.new_file()
            session.custom_keys = merged.keys
            _write(session, noun, merged.frame, self.held[merged.places[-1]])
        if self.charges:
            self._charge(session, noun)
        for action in self.later:
            action()

    def _charge(self, session: Session, noun: str) -> None:
        """Charges of all files as one row per subscription, which counts for the file of its first charge."""
        folded, problems = wholes.fold_charges(self.charges)
        rows = pl.concat([frame.select("subscription_ref", "place") for frame in self.charges])
        first = rows.unique("subscription_ref", keep="first").filter(
            pl.col("subscription_ref").is_in([p.external_id for p in problems])
        )
        where = dict(first.iter_rows())
        session.new_file()
        for place, held in enumerate(self.held):
            refused = [problem for problem in problems if where[problem.external_id] == place]
            mine = folded.filter(pl.col("place") == place).drop("place") if folded.height else folded
            over = rows.filter(pl.col("place") == place).height - mine.height - len(refused)
            held.add(UpsertResult(read=over + len(refused), refused=len(refused), superseded=over))
            held.report(held.name, refused)
            _write(session, noun, mine, held)

    def _tell(self, merged: Merged, place: int) -> None:
        """Conflicts and refusals of one file, and its rows that went into a later file's."""
        held = self.held[place]
        conflicts = [problem for at, problem in merged.conflicts if at == place]
        refused = [problem for at, problem in merged.refused if at == place]
        if place != merged.places[-1]:
            rows = merged.frame.height + rows_of([problem for _, problem in merged.refused])
            held.add(UpsertResult(read=rows, merged=rows))
        held.add(UpsertResult(read=rows_of(refused), refused=rows_of(refused), conflicts=len(conflicts)))
        held.report(held.name, [*refused, *conflicts])


def groups(parts: Sequence[Part]) -> list[Group]:
    """The group of each part."""
    found: dict[tuple[str, bool], Group] = {}
    made = []
    for part in parts:
        key = (part.mapping.noun, {applying.ACTIVE, applying.BEGIN} <= set(part.table.header))
        group = found.setdefault(key, Group([]))
        group.parts.append(part)
        made.append(group)
    return made


def _ids(part: Part) -> pl.Series:
    """The ids of a file, as hashes; none where its mapping doesn't fit or the file is damaged, which is told when it is read."""
    try:
        applier = Applier(part.table, part.mapping, "USD")
        read = [merging.hashes(applier.ids(chunk)) for chunk in part.table.chunks()]
    except Refused:
        return merging.NONE
    return pl.concat(read).unique() if read else merging.NONE


def _statement(held: Held) -> Statement:
    """What a file says, each id once: a row that says something else than one before it in the same file is refused."""
    if not held.frames:
        return Statement(held.name, pl.DataFrame(schema={"row": pl.Int64, "external_id": pl.String}))
    refusals = Refusals()
    frame, same = imports_checks.once(imports_frames.with_digest(pl.concat(held.frames)), {}, refusals)
    refused = len(refusals.problems)
    held.add(UpsertResult(read=same + refused, duplicates=same, refused=refused))
    held.report(held.name, refusals.problems)
    return Statement(held.name, frame.drop("text", "digest"), held.applier.unknown)


def _write(session: Session, noun: str, rows: pl.DataFrame, held: Held) -> None:
    for frame in rows.iter_slices(imports.BATCH):
        result = imports.write(session, noun, frame)
        held.report(held.name, result.problems)
        result.problems = []
        held.add(result)
