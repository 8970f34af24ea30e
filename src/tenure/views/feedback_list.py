"""The feedback list: its views and what it is made of; its routes are those of every list."""

from tenure.models import User
from tenure.queries import feedback
from tenure.views import feedback_cells, listpages
from tenure.views.listing import Preset, Site
from tenure.views.listroutes import ListPage

MINE, TEAM = Preset("My accounts", "f=tam:me"), Preset("My team", "f=tam:team")
PRESETS = [
    Preset("Open", "f=status:is:open"),
    Preset("customer+", "f=label:is:customer%2B"),
    Preset("Heard by me", "f=author:me"),
]


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("All", ""), *listpages.own(user, MINE, TEAM), *PRESETS]


LIST = ListPage(
    Site("feedback", "entry", "entries"), "activity.view", feedback, feedback_cells.line, "feedback", "Feedback", presets=presets,
    rights={"mark": "feedback.edit"}, more={"statuses": feedback.STATUSES},
)  # fmt: skip
state_of = LIST.state_of
list_, rows, tabs, filter_, menu, adjust, export = LIST.routes(__name__)
