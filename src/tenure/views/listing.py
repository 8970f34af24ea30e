"""What every list page shows around its rows: views as tabs, filters as chips, heads with sorts and sums, the pager."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from tenure.models import SavedView, User
from tenure.queries import lists
from tenure.queries.accounts import Group
from tenure.queries.keyset import Page
from tenure.queries.lists import Column, Condition, State
from tenure.views import tags

ORDERS = {
    "money": ("lowest first", "highest first"), "int": ("lowest first", "highest first"), "date": ("soonest first", "latest first"),
    "enum": ("lowest first", "highest first"), "bool": ("no first", "yes first"),
}  # fmt: skip
LETTERS = ("A to Z", "Z to A")
TABS = 8  # views in the page bar; the menu has all


@dataclass(frozen=True)
class Site:
    """Where a list lives: key of its page (saved views belong to it), words for its rows, the namespace of its routes."""

    page: str
    one: str
    many: str

    def url(self, verb: str, query: str = "") -> str:
        """The address of one of the list's routes."""
        address = reverse(f"{self.page}:{verb}")
        return f"{address}?{query}" if query else address

    @property
    def list_url(self) -> str:
        """The page."""
        return self.url("list")

    @property
    def rows_url(self) -> str:
        """The rows of a group."""
        return self.url("rows")

    @property
    def tabs_url(self) -> str:
        """The views with their counts."""
        return self.url("tabs")

    @property
    def filter_url(self) -> str:
        """The form of a condition."""
        return self.url("filter")

    @property
    def menu_url(self) -> str:
        """The menus of sorts, columns and groups."""
        return self.url("menu")

    @property
    def adjust_url(self) -> str:
        """Where the list's forms go."""
        return self.url("adjust")

    @property
    def export_url(self) -> str:
        """The files."""
        return self.url("export")


@dataclass(frozen=True)
class Preset:
    """A view that everybody has."""

    label: str
    query: str


@dataclass(frozen=True)
class Chip:
    """One condition of a filter in words; ``at`` is its place (filter.condition), ``remove`` the list without it."""

    at: str
    label: str
    words: str
    shown: str
    remove: str


@dataclass(frozen=True)
class Head:
    """One column's head: how it is sorted, and the addresses that sort by it alone and in addition."""

    column: Column
    state: str
    url: str
    add: str
    total: str


@dataclass(frozen=True)
class Tab:
    """A view in the page bar; ``count`` comes later."""

    label: str
    url: str
    current: bool
    pinned: bool = False
    shared_by: str = ""


def pairs(params: QueryDict) -> list[tuple[str, str]]:
    """Every parameter with every value, in order."""
    return [(name, value) for name, values in params.lists() for value in values]


def query_pairs(query: str) -> list[tuple[str, str]]:
    """A query string (of a form's hidden field, of a saved view) as pairs; blank where it can't be read."""
    try:
        return pairs(QueryDict(query))
    except (ValueError, UnicodeError):
        return []


def numbers(texts: Iterable[str]) -> list[int]:
    """Ids of a form; what is no number is left out."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18]


def chips(site: Site, state: State, names: Mapping[str, str]) -> list[list[Chip]]:
    """The filters in words: a list per filter, whose chips are alternatives."""
    return [
        [
            Chip(f"{i}.{j}", test.column.label, test.words, test.shown(names), address(site, without(state, i, j)))
            for j, test in enumerate(group)
        ]
        for i, group in enumerate(state.filters)
    ]


def without(state: State, i: int, j: int) -> State:
    """The state without one condition."""
    filters = [tuple(test for k, test in enumerate(group) if (n, k) != (i, j)) for n, group in enumerate(state.filters)]
    return state.change(filters=tuple(group for group in filters if group))


def place(at: str, state: State) -> tuple[int, int] | None:
    """``filter.condition`` as two numbers, where there is such a condition."""
    i, _, j = at.partition(".")
    if not (i.isdecimal() and j.isdecimal() and len(at) < 9):
        return None
    return (int(i), int(j)) if int(i) < len(state.filters) and int(j) < len(state.filters[int(i)]) else None


def with_condition(state: State, condition: Condition, at: str, to: str) -> State:
    """The state with a condition in place of the one ``at``, as an alternative in the filter ``to``, or as a filter of its own."""
    filters = [list(group) for group in state.filters]
    if spot := place(at, state):
        filters[spot[0]][spot[1]] = condition
    elif to.isdecimal() and len(to) < 4 and int(to) < len(filters):
        filters[int(to)].append(condition)
    else:
        filters.append([condition])
    return state.change(filters=tuple(tuple(group) for group in filters))


def adjusted(state: State, form: QueryDict) -> State:
    """The state after one of the list's forms: a filter, the sorts, the columns. What can't be read is left out and told."""
    match form.get("do"):
        case "filter":
            column, operator, values = form.get("column", ""), form.get("operator", ""), form.getlist("value")
            found = lists.condition(state.columns, column, operator, values)
            if found is None:
                return replace(state, ignored=(f"{column}:{operator}:{','.join(values)[:60]}",))
            return with_condition(state, found, form.get("at", ""), form.get("to", ""))
        case "sort":
            wanted: dict[str, bool] = {}
            for key, way in zip(form.getlist("by"), form.getlist("dir"), strict=False):
                if key in state.columns:
                    wanted.setdefault(key, way == "desc")
            return state.change(sorts=tuple(wanted.items())[:4] or state.defaults.sorts)
        case "columns":
            if "usual" in form:
                return state.change(shown=state.defaults.shown)
            shown = lists.read(
                [("cols", key) for key in form.getlist("cols")] or [("cols", "")], state.columns, state.defaults
            ).shown
            return state.change(shown=shown)
        case _:
            return state


def frame(site: Site, state: State, names: Mapping[str, str], totals: Mapping[str, int | None], currency: str) -> dict[str, Any]:
    """Chips, heads and sorts. ``names`` are people by id, ``totals`` sums by column."""
    words = {key: total(state.columns[key], amount, currency) for key, amount in totals.items()}
    return {
        "site": site,
        "state": state,
        "query": state.query(),
        "chips": chips(site, state, names),
        "heads": heads(site, state, words),
        "sorted_words": sorted_words(state),
        "here": address(site, state),
        "everything": site.url("list", on_day("", state)),
    }


def menu(site: Site, state: State) -> dict[str, Any]:
    """What the menus of sorts, columns and groups offer; asked for when one is opened."""
    rest = [key for key in state.columns if key not in state.shown]
    return {
        "site": site,
        "query": state.query(),
        "sort_rows": sort_rows(state),
        "column_rows": [(state.columns[key], key in state.shown) for key in (*state.shown, *rest)],
        "group_links": group_links(site, state),
    }


def address(site: Site, state: State) -> str:
    """The list in this state; never the plain address, which opens one's default view."""
    return site.url("list", state.query() if state.view or state.plain() else replace(state, view="all").query())


def on_day(query: str, state: State) -> str:
    """The query of another state (blank = everything) on the day of this one."""
    return "&".join([query or "view=all", *([f"as_of={state.as_of.isoformat()}"] if state.as_of else [])])


def inner(state: State, groups: Iterable[Group]) -> list[tuple[Group, State]]:
    """Each group with the state of the list that holds just its rows."""
    return [(group, state.change(group="", filters=(*state.filters, (group.condition,)))) for group in groups]


def heads(site: Site, state: State, totals: Mapping[str, str]) -> list[Head]:
    """The heads of the shown columns. Sorting again turns the order round."""
    current = dict(state.sorts)
    found = []
    for key in state.shown:
        column = state.columns[key]
        down = not current[key] if key in current else column.numeric or bool(column.sort and column.kind == "enum")
        alone = state.change(sorts=((key, down),))
        added = state.change(sorts=(*((k, d) for k, d in state.sorts if k != key), (key, down))[:4])
        order = "" if key not in current else "descending" if current[key] else "ascending"
        found.append(Head(column, order, address(site, alone), address(site, added), totals.get(key, "")))
    return found


def order_words(column: Column) -> tuple[str, str]:
    """How ascending and descending read for a column."""
    return ORDERS.get(column.kind, LETTERS) if column.kind != "enum" or column.sort else LETTERS


def sorted_words(state: State) -> str:
    """The sorts in words: ``Renewal, soonest first``."""
    if not state.sorts:
        return "Sort"
    key, down = state.sorts[0]
    more = f" +{len(state.sorts) - 1}" if len(state.sorts) > 1 else ""
    return f"{state.columns[key].label}, {order_words(state.columns[key])[down]}{more}"


def sort_rows(state: State) -> list[dict[str, Any]]:
    """The lines of the form that sorts: those in use and two more."""
    rows = [{"key": key, "down": down} for key, down in state.sorts]
    return (rows + [{"key": "", "down": False}] * 2)[:4]


def tabs(site: Site, state: State, presets: Iterable[Preset], views: Iterable[SavedView], user: User) -> list[Tab]:
    """Presets and saved views. A preset is current where the list shows just that; a saved view while its name is in the address."""
    plain = state.plain()
    saved = [
        Tab(
            view.name, site.url("list", on_day(f"view={view.pk}" + (f"&{view.query}" if view.query else ""), state)), state.view == str(view.pk), view.pinned,
            "" if view.owner_id == user.pk else view.owner.name,
        )
        for view in views
    ]  # fmt: skip
    named = any(tab.current for tab in saved)
    common = [Tab(one.label, site.url("list", on_day(one.query, state)), not named and plain == one.query) for one in presets]
    return [*(tab for tab in saved if tab.pinned), *common, *(tab for tab in saved if not tab.pinned)]


def views(site: Site, state: State, presets: Iterable[Preset], saved: Sequence[SavedView], user: User) -> dict[str, Any]:
    """The tabs, the view that the address names and whether the list has moved on from it. Counts come later."""
    found = tabs(site, state, presets, saved, user)
    view = next((one for one in saved if state.view == str(one.pk)), None)
    return {
        "view_tabs": [(tab, None) for tab in found], "view": view, "current": next((tab for tab in found if tab.current), None),
        "edited": view is not None and lists.read(query_pairs(view.query), state.columns, state.defaults).plain() != state.plain(),
    }  # fmt: skip


def pager(site: Site, state: State, page: Page[Any], count: int) -> dict[str, str]:
    """Words and addresses of the pager. The numbers are said, the place is what counts."""
    rows, before, after = len(page.rows), page.before, page.after
    first = min(state.number, max(count - rows, 0)) + 1
    back = replace(state, before=before, after="", number=max(first - 1 - rows, 0))
    on = replace(state, after=after, before="", number=first - 1 + rows)
    everything = f"{count:,} {site.one if count == 1 else site.many}"
    return {
        "words": f"{first:,} to {first - 1 + rows:,} of {count:,}" if rows < count else everything,
        "back": site.url("list", back.query()) if before else "",
        "on": site.url("list", on.query()) if after else "",
    }


def widget(column: Column, operator: str) -> str:
    """The kind of field that an operator of a column asks for."""
    if operator in lists.NO_VALUE:
        return "nothing"
    if operator in lists.DAYS:
        return "days"
    if column.kind in ("enum", "person"):
        return "many" if operator in lists.MANY else "one"
    kind = {"money": "amount", "int": "number", "date": "date"}.get(column.kind, "text")
    return f"{kind}s" if operator == "between" else kind


def filter_form(state: State, form: QueryDict) -> dict[str, Any]:
    """What the form of one condition shows: an existing one (``at``), or a new one on a column. Empty where there is no such column."""
    spot = place(form.get("at", ""), state)
    existing = state.filters[spot[0]][spot[1]] if spot else None
    column = state.columns.get(form.get("column", "")) or (existing.column if existing else None)
    if column is None:
        return {}
    operator = form.get("operator", "")
    if operator not in column.operators:
        operator = existing.operator if existing and existing.column == column else next(iter(column.operators))
    values = existing.values if existing and existing.column == column else []
    return {
        "column": column, "operators": column.operators.items(), "operator": operator, "widget": widget(column, operator),
        "values": values, "at": form.get("at", ""), "choices": column.choices,
    }  # fmt: skip


def total(column: Column, amount: int | None, currency: str) -> str:
    """A sum for the head of its column."""
    return tags.money(amount, currency) if column.kind == "money" else tags.count(amount)


def group_links(site: Site, state: State) -> Sequence[tuple[str, str, bool]]:
    """(label, address, current) of the columns to group by; the first is none."""
    columns = [column for column in state.columns.values() if column.groupable]
    found = [(column.label, address(site, state.change(group=column.key)), state.group == column.key) for column in columns]
    return [("No groups", address(site, state.change(group="")), not state.group), *found]
