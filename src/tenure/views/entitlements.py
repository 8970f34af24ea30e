"""One service over all accounts: the list behind the figures of the coverage report; its routes are those of every list."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from tenure.models import AccountSummary, User
from tenure.queries import entitlements, handbook
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.rules.catalogues import Service
from tenure.views import entitlements_cells, listpages
from tenure.views.listing import Preset, Site
from tenure.views.listroutes import ListPage
from tenure.views.shell import PageRequest

SITE = Site("entitlements", "account", "accounts")
GETS = "f=state:any:overdue,ahead,in_time,never,delivered"


def service_of(state: State, request: PageRequest) -> Service:
    """The service that the list is about. Http404 where the handbook of the day has none."""
    found = entitlements.chosen(state, entitlements.services(handbook.pack(), request.today))
    if found is None:
        raise Http404
    return found


def presets(user: User, service: Service) -> list[Preset]:
    """The views that everybody has, each of the service that is shown."""
    about = f"f=service:is:{service.key}"
    mine, team = Preset("Mine", f"{about}&{GETS}&f=tam:me"), Preset("My team", f"{about}&{GETS}&f=tam:team")
    late = (
        [Preset("Overdue", f"{about}&f=state:is:overdue")]
        if service.recurs
        else [Preset("Not delivered", f"{about}&f=state:is:never")]
    )
    return [Preset("All", about), Preset("Who gets it", f"{about}&{GETS}"), *late, *listpages.own(user, mine, team)]


class ServicePage(ListPage):
    """The list is about one service, which a filter names: so are its rows, its views and what stands around them."""

    def found(self, request: PageRequest, state: State) -> QuerySet[AccountSummary]:
        """The accounts that match, with how the service stands."""
        return entitlements.matching(request.user, state, service_of(state, request), request.today)

    def counts(self, request: PageRequest, state: State, states: list[State]) -> list[int]:
        """How many accounts each of the views holds."""
        return entitlements.counts(request.user, states, service_of(state, request), request.today)

    def views(self, request: PageRequest, state: State) -> list[Preset]:
        """The views of the service."""
        return presets(request.user, service_of(state, request))

    def frame(self, request: PageRequest, state: State, known: Sums) -> dict[str, Any]:
        """With the service, and the others to change to."""
        services = entitlements.services(handbook.pack(), request.today).values()
        about = [(one, f"{SITE.url('list')}?f=service:is:{one.key}&{GETS}") for one in services]
        return super().frame(request, state, known) | {"service": service_of(state, request), "services": about}

    def beside(self, request: PageRequest, state: State, rows: Sequence[AccountSummary]) -> Sequence[AccountSummary]:
        """With the day on which a schedule will ask for it."""
        if "due" in state.shown:
            entitlements.look_ahead(rows, service_of(state, request), request.today, handbook.pack())
        return rows


QUERIES: Any = entitlements  # what matches, and how many, it asks with the service: see ``found`` and ``counts``
LIST = ServicePage(
    SITE, "report.view", QUERIES, entitlements_cells.line, "services", "Services", rights={"apply": "playbook.apply"}
)
state_of = LIST.state_of
list_, rows, tabs, filter_, menu, adjust, export = LIST.routes(__name__)
