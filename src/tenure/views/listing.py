"""What the list templates need: links for every change of a list's state, chips, sort arrows, the pager."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from tenure.actions.assignments import Assigned
from tenure.models import SavedView, User
from tenure.queries import visible
from tenure.queries.accounts import Group, Sums
from tenure.queries.lists import Column, Condition, State
from tenure.views.shell import PageRequest

NONE: tuple[()] = ()


def context(request: PageRequest, state: State, known: Sums, views: Iterable[SavedView]) -> dict[str, Any]:
    """Everything that the list shows around its rows."""
    shown = [state.columns[key] for key in state.shown]
    return {
        "state": state, "query": state.query(), "columns": shown, "heads": [_head(state, column, known) for column in shown],
        "chips": chips(state), "known": known, "views": [_tab(view, state) for view in views],
        "plain": not state.filters and not state.search, "clear": state.change(filters=NONE, search="", view=None).query(),
        "chooser": chooser(state), "sorting": sorting(state), "grouping": grouping(state),
        "filterable": list(state.columns.values()), "may": _may(request),
        "people": {str(pk): name for column in state.columns.values() if column.kind == "person" for pk, name in column.choices},
    }  # fmt: skip


def _may(request: PageRequest) -> dict[str, bool]:
    asked = {"assign": "account.assign", "export": "account.export", "share": "view.share", "add": "import.run"}
    return {name: visible.may(request.user, capability) for name, capability in asked.items()}


def _head(state: State, column: Column, known: Sums) -> dict[str, Any]:
    direction = dict(state.sorts).get(column.key)
    down = not direction if direction is not None else column.kind in ("money", "int")
    first = state.sorts[:1] == ((column.key, direction),)
    extra = (*(pair for pair in state.sorts if pair[0] != column.key), (column.key, down))
    return {
        "column": column, "sorted": {None: "", True: "descending", False: "ascending"}[direction if first else None], "also": direction,
        "url": state.change(sorts=((column.key, down),)).query(), "add_url": state.change(sorts=extra[:4]).query(),
        "total": known.totals.get(column.key), "has_total": column.key in known.totals,
    }  # fmt: skip


def chips(state: State) -> list[dict[str, Any]]:
    """One entry per filter: its conditions, and the address without each of them."""
    found = []
    for number, group in enumerate(state.filters):
        parts = []
        for place, condition in enumerate(group):
            rest = group[:place] + group[place + 1 :]
            filters = (*state.filters[:number], *([rest] if rest else []), *state.filters[number + 1 :])
            parts.append({"condition": condition, "without": state.change(filters=filters).query()})
        found.append({"number": number, "parts": parts})
    return found


def with_condition(state: State, condition: Condition, to: str) -> State:
    """The state with one more condition; ``to`` is the number of the filter to which it is an alternative, else blank."""
    number = int(to) if to.isdecimal() else -1
    if 0 <= number < len(state.filters):
        group = (*state.filters[number], condition)
        return state.change(filters=(*state.filters[:number], group, *state.filters[number + 1 :]))
    return state.change(filters=(*state.filters, (condition,)))


def packed(values: Sequence[str]) -> str:
    """Field values as one text of a condition."""
    return quote(",".join(values), safe=", -.")


def chooser(state: State) -> list[dict[str, Any]]:
    """Columns to show or hide: the shown ones in their order, then the others."""
    order = [*state.shown, *(key for key in state.columns if key not in state.shown)]
    return [{"column": state.columns[key], "shown": key in state.shown} for key in order]


def sorting(state: State) -> dict[str, Any]:
    """The sort menu: what is sorted by now, in words, and an address for every choice."""
    now = [{"column": state.columns[key], "down": down, "words": _way(state.columns[key], down)} for key, down in state.sorts]
    choices = []
    for column in state.columns.values():
        for down in (False, True):
            sorts = ((column.key, down),)
            choices.append({"column": column, "words": _way(column, down), "url": state.change(sorts=sorts).query(), "now": state.sorts == sorts})
    return {"now": now, "choices": choices}


def _way(column: Column, down: bool) -> str:
    ways = {"date": ("soonest", "latest"), "money": ("lowest", "highest"), "int": ("lowest", "highest"), "enum": ("lowest", "highest")}
    return ways.get(column.kind, ("A to Z", "Z to A"))[down]


def grouping(state: State) -> list[dict[str, Any]]:
    """The group menu."""
    choices = [{"label": "No groups", "url": state.change(group="").query(), "now": not state.group}]
    for column in state.columns.values():
        if column.groupable:
            choices.append({"label": column.label, "url": state.change(group=column.key).query(), "now": state.group == column.key})
    return choices


def groups(state: State, found: Iterable[Group]) -> list[dict[str, Any]]:
    """Each group with the address of its rows and of the list filtered to it."""
    return [
        {"group": group, "url": state.change(group="", filters=(*state.filters, (group.condition,))).query()} for group in found
    ]


def pager(state: State, before: str, after: str) -> dict[str, str]:
    """Addresses of the first, the previous and the next page; blank where there is none."""
    return {
        "first": state.change().query() if before else "",
        "before": state.change(before=before).query() if before else "",
        "after": state.change(after=after).query() if after else "",
    }


def _tab(view: SavedView, state: State) -> dict[str, Any]:
    return {"view": view, "url": f"view={view.pk}" + (f"&{view.query}" if view.query else ""), "now": state.view == view.pk}


def told(done: Assigned, user: User) -> str:
    """What a bulk assignment did, in a sentence."""
    parts = [f"{user.name} is TAM of {len(done.started):,} account{'' if len(done.started) == 1 else 's'}."]
    if done.unchanged:
        parts.append(f"{len(done.unchanged):,} were theirs already.")
    if done.refused:
        parts.append(f"{len(done.refused):,} were refused: {next(iter(done.refused.values()))}")
    return " ".join(parts)

