"""Playbooks at work: the list's views and what it is made of; its routes are those of every list."""

from tenure.models import User
from tenure.queries import playbooks_list
from tenure.views import listpages, playbooks_cells
from tenure.views.listing import Preset, Site
from tenure.views.listroutes import ListPage

NOW = "f=status:is:active"
MINE, TEAM = Preset("Mine", f"{NOW}&f=owner:me%7Ctam:me"), Preset("My team", f"{NOW}&f=owner:team%7Ctam:team")
PRESETS = [
    Preset("At work", NOW),
    Preset("Late", f"{NOW}&f=late:gte:1&sort=-late"),
    Preset("Ended", "f=status:not:active&sort=-ended"),
]


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("All", ""), *PRESETS[:1], *listpages.own(user, MINE, TEAM), *PRESETS[1:]]


LIST = ListPage(
    Site("playbooks", "playbook", "playbooks"), "cta.view", playbooks_list, playbooks_cells.line, "playbook", "Playbooks", presets=presets,
    rights={"apply": "playbook.apply"},
)  # fmt: skip
list_, rows, tabs, filter_, menu, adjust, export = LIST.routes(__name__)
