"""The routes of a list, from what its module says of it: the page, its parts, the forms that change what it shows, and its files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Protocol

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from tenure.models import User
from tenure.queries import accounts, exports, handbook, keyset, lists, saved_views, visible
from tenure.queries.accounts import Group, Sums
from tenure.queries.lists import Column, Defaults, State
from tenure.rules.packs import Pack
from tenure.views import listing, listpages
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

EXPORT, SHARE = "account.export", "view.share"
Route = Callable[..., HttpResponse]


class Queries(Protocol):
    """What a list asks: its module in ``queries``. ``FILES``: of columns that a file shows otherwise the field."""

    DEFAULTS: Defaults
    FILES: dict[str, str]

    def columns(self, pack: Pack, /) -> dict[str, Column]: ...  # noqa: D102 - as above
    def matching(self, user: User, state: State, today: Any, /) -> Any: ...  # noqa: D102
    def sums(self, found: Any, user: User, state: State, /) -> Sums: ...  # noqa: D102
    def page(self, found: Any, state: State, known: Sums, /) -> keyset.Page[Any]: ...  # noqa: D102
    def groups(self, found: Any, state: State, /) -> list[Group]: ...  # noqa: D102
    def everything(self, found: Any, state: State, /) -> Any: ...  # noqa: D102
    def counts(self, user: User, states: Sequence[State], today: Any, /) -> list[int]: ...  # noqa: D102
    def people(self, column: Column, /) -> list[tuple[str, str]]: ...  # noqa: D102


@dataclass(frozen=True)
class ListPage:
    """A list: where it lives, the capability to read it, what it asks, and how a row is shown. ``noun``: what the log calls it when
    somebody takes a file; ``title``: of files; ``presets``: the views that everybody has; ``rights``: what its page offers besides, each with its capability;
    ``more``: what its templates need besides; ``opens``: what a plain address shows. A list that differs overrides what is its own."""

    site: Site
    view: str
    queries: Queries
    line: Callable[[Any, list[Column], Look], SafeString]
    noun: str
    title: str
    presets: Callable[[User], list[Preset]] = lambda user: []
    rights: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    opens: str = ""

    def routes(self, module: str) -> tuple[Route, ...]:
        """``list_, rows, tabs, filter_, menu, adjust, export`` as views of the module that declares the list."""
        answers = (self.list_, self.rows, self.tabs, self.filter_, self.menu, self.adjust, self.export)
        return tuple(self._route(answer, module) for answer in answers)

    def state_of(self, params: QueryDict) -> State:
        """The list's state from a query string."""
        return lists.read(listing.pairs(params), self.queries.columns(handbook.pack()), self.queries.DEFAULTS)

    # --- the routes

    def list_(self, request: PageRequest) -> HttpResponse:
        """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
        saved = list(saved_views.of(request.user, self.site.page))
        if elsewhere := listpages.default(request, self.site, saved):
            return elsewhere
        state = self.state_of(request.GET or QueryDict(self.opens))
        found = self.found(request, state)
        known = self.queries.sums(found, request.user, state)
        context = self.frame(request, state, known)
        context |= listing.views(self.site, state, self.views(request, state), saved, request.user)
        grouped = {"groups": listing.inner(state, self.queries.groups(found, state))} if state.group else {}
        context |= grouped or self.page(request, found, state, known)
        return listpages.answer(request, self.site, state, context)

    def rows(self, request: PageRequest) -> HttpResponse:
        """The first rows of a group."""
        state = self.state_of(request.GET)
        found = self.found(request, state)
        known = self.queries.sums(found, request.user, state)
        context = self.frame(request, state, known) | self.page(request, found, state, known) | {"in_group": True}
        return render(request, "accounts/rows.html", context)

    def tabs(self, request: PageRequest) -> HttpResponse:
        """The views in the page bar with their counts, one query for all of them."""
        state = self.state_of(request.GET)
        count = lambda states: self.counts(request, state, states)  # noqa: E731
        return listpages.tabs(request, self.site, state, self.views(request, state), self.state_of, count)

    def filter_(self, request: PageRequest) -> HttpResponse:
        """The form of one condition, or the columns to choose from."""
        return listpages.condition(request, self.site, listpages.carried(request, self.state_of), self.queries.people)

    def menu(self, request: PageRequest) -> HttpResponse:
        """The menu of sorts, columns or groups."""
        return listpages.menu(request, self.site, listpages.carried(request, self.state_of))

    def adjust(self, request: PageRequest) -> HttpResponse:
        """The list after one of its forms: a filter, sorts, columns."""
        return listpages.adjust(request, self.site, listpages.carried(request, self.state_of))

    def export(self, request: PageRequest) -> HttpResponse:
        """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
        state, chosen = listpages.exported(request, self.state_of)
        found = self.found(request, state)
        found = found.filter(pk__in=chosen) if chosen else found
        columns = [exports.titled(state.columns[key], handbook.pack().handbook.currency) for key in state.shown]
        columns = [replace(column, field=self.queries.FILES.get(column.key, column.field)) for column in columns]
        said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
        lines, names = self.queries.everything(found, state), accounts.every_name(columns)
        name = f"{self.title.lower()}-{request.today.isoformat()}"
        return listpages.file(request, self.noun, name, lines, columns, names, self.title, said)

    # --- what a list may have otherwise

    def found(self, request: PageRequest, state: State) -> Any:
        """The rows that match."""
        return self.queries.matching(request.user, state, request.today)

    def counts(self, request: PageRequest, state: State, states: list[State]) -> list[int]:
        """How many rows each of the views holds; ``state``: what is shown."""
        return self.queries.counts(request.user, states, request.today)

    def views(self, request: PageRequest, state: State) -> list[Preset]:
        """The views that everybody has, as far as they make sense for the reader."""
        return self.presets(request.user)

    def frame(self, request: PageRequest, state: State, known: Sums) -> dict[str, Any]:
        """What stands around the rows; the list is always of today."""
        currency = handbook.pack().handbook.currency
        rights = {"export": EXPORT, "share": SHARE, **self.rights}
        shown = listing.frame(self.site, state, accounts.names(state.people()), known.totals, currency)
        may = {name: visible.may(request.user, capability) for name, capability in rights.items()}
        return {**shown, "known": known, "currency": currency, "may": may, "is_as_of": False, **self.more}

    def page(self, request: PageRequest, found: Any, state: State, known: Sums) -> dict[str, Any]:
        """One page of rows with their cells, and its pager."""
        page = self.queries.page(found, state, known)
        look = Look(request.today, handbook.pack().handbook.currency)
        shown = [state.columns[key] for key in state.shown]
        lines = [self.line(row, shown, look) for row in self.beside(request, state, page.rows)]
        return {"page": page, "lines": lines, "pager": listing.pager(self.site, state, page, known.count)}

    def beside(self, request: PageRequest, state: State, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows of a page with what is asked for them alone."""
        return rows

    def _route(self, answer: Route, module: str) -> Route:
        """One of the views behind its capability, with the name and the module under which the address finds it."""

        @needs(EXPORT if answer.__name__ == "export" else self.view)
        @require_GET
        @wraps(answer)
        def view(request: PageRequest) -> HttpResponse:
            return answer(request)

        view.__module__ = module
        return view
