"""Small packs with work in them, for tests."""

from datetime import date
from typing import Any

import polars as pl

from tenure.rules.frames import frame
from tenure.rules.packs import Pack

CTAS = """
cta_types_source: Page
cta_statuses_source: Page
cta_statuses:
  - {key: new, title: New, open: true}
  - {key: closed_success, title: Closed Success, open: false, outcome: won}
  - {key: closed_gone, title: Gone, open: false}
  - {key: not_needed, title: Not needed, open: false, types: [lifecycle]}
cta_types:
  - {key: activity, title: Activity, reasons: [Call, Other]}
  - {key: lifecycle, title: Lifecycle, reasons: [Onboarding]}
"""
CALENDARS = """
calendars_source: Page
calendars:
  default: {timezone: UTC}
  EMEA: {timezone: Europe/Berlin, countries: [DE]}
"""
PLAYBOOK = """
playbooks:
  start_up:
    title: Start
    source: Page
    type: lifecycle
    reason: Onboarding
    owner: tam
    editions:
      - from: 2019-01-01
        steps:
          - {key: hello, title: Say hello, due: 0 days}
          - {key: look, title: Look around, within: [2 days, 1 month], after: hello}
"""


def schedule(rows: str, *, key: str = "s", edition: str = "", extra: str = "") -> str:
    """A schedule with one edition from 2019 on; `rows` is YAML, one row per line, `edition` further lines of it."""
    lines = "\n".join(f"          - {line.strip()}" for line in rows.strip().splitlines())
    more = "".join(f"        {line.strip()}\n" for line in edition.strip().splitlines() if line.strip())
    return (
        f"schedules:\n  {key}:\n    title: Schedule {key}\n    source: Page\n"
        "    cta: {type: activity, reason: Call, title: Call, owner: tam}\n"
        f"    editions:\n      - from: 2019-01-01\n{more}        rows:\n{lines}\n{extra}"
    )


def files(schedules: str = "", **more: str) -> dict[str, str]:
    """The files of a small pack with work."""
    found = {"ctas.yaml": CTAS, "calendars.yaml": CALENDARS, "playbooks/start.yaml": PLAYBOOK, **more}
    return found | ({"schedules.yaml": schedules} if schedules else {})


def accounts(pack: Pack, *rows: dict[str, Any]) -> pl.DataFrame:
    """A fact frame; accounts are named a, b, c ..."""
    named = [{"account": chr(97 + i), **row} for i, row in enumerate(rows)]
    found, errors = frame(named, pack)
    assert errors == []
    return found


def rows(found: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Some columns as tuples."""
    return found.select(names).rows()


DAY = date(2019, 6, 3)  # a Monday
