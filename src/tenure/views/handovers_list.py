"""The list of hand-overs: its views and what it is made of; its routes are those of every list."""

from tenure.models import User
from tenure.queries import handovers_list
from tenure.queries.handovers_rights import VIEW
from tenure.views import handovers_cells, listpages
from tenure.views.listing import Preset, Site
from tenure.views.listroutes import ListPage

OPEN = "f=open:yes"
MINE, TEAM = Preset("Mine", f"{OPEN}&f=giver:me%7Ctaker:me%7Cpart:yes"), Preset("My team", f"{OPEN}&f=giver:team%7Ctaker:team")
PRESETS = [
    Preset("Late", "f=late:yes"),
    Preset("Incomplete", f"{OPEN}&f=missing:gt:0"),
    Preset("Sent back", "f=state:is:returned"),
    Preset("All", ""),
]


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("Open", OPEN), *listpages.own(user, MINE, TEAM), *PRESETS]


LIST = ListPage(
    Site("handovers", "hand-over", "hand-overs"), VIEW, handovers_list, handovers_cells.line, "handover", "Hand-overs", presets=presets, opens=OPEN,
)  # fmt: skip
list_, rows, tabs, filter_, menu, adjust, export = LIST.routes(__name__)
