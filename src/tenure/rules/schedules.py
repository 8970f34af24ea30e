"""Schedules: what falls due when, over a whole frame of facts at once, or explained for one account.

    due(frame, pack, as_of, until=None)       the work that should be there, one row per account x schedule x occasion
    settled(work, frame, pack, as_of)         which open work is to be closed, with which status and why
    waiting(frame, pack, as_of)               accounts for which a schedule cannot tell, and the facts that it misses
    explain(facts, pack, as_of)               one account: every schedule with its checks, what it raises, or why not
    prepare(frame, pack, as_of)               the accounts made ready once for `due_of` and `settled_of`

An occasion has one natural key for all time, so raising it is safe to repeat. A day by which somebody did the thing
(`every`) moves the anchor, which makes a new occasion and settles the old one.
"""

from tenure.rules.duedates import COLUMNS, Ready, anchors, due, due_of, facts, prepare, settled, settled_of, waiting
from tenure.rules.dueexplain import Planned, Why, explain
from tenure.rules.work import DONE, Running, Schedule, ScheduleEdition, ScheduleRow, Timing

__all__ = [
    "COLUMNS", "DONE", "Planned", "Ready", "Running", "Schedule", "ScheduleEdition", "ScheduleRow", "Timing", "Why", "anchors", "due", "due_of", "explain",
    "facts", "prepare", "settled", "settled_of", "waiting",
]  # fmt: skip
