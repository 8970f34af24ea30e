"""The handbook's words for onboardings: statuses and causes of every edition."""

from tenure.queries import handbook
from tenure.rules.packs import Pack

CUSTOMERS = (("new", "New customer"), ("existing", "Existing customer"))
TRACKS = (("stuck", "Stuck"), ("behind", "Behind"), ("on_track", "On track"))


def statuses(pack: Pack) -> tuple[tuple[str, str], ...]:
    """Key and title of every status of any edition, in the order of the newest."""
    found: dict[str, str] = {}
    for edition in reversed(pack.onboarding.editions):
        for one in edition.statuses:
            found.setdefault(one.key, one.title)
    return tuple(found.items())


def causes(pack: Pack) -> tuple[tuple[str, str], ...]:
    """Key and title of every cause."""
    return tuple({one.key: one.title for edition in pack.onboarding.editions for one in edition.created}.items())


def title(field: str, key: str) -> str | None:
    """The title of a status, a cause or a track; None for what is none."""
    pack = handbook.pack()
    known = {"status": statuses(pack), "cause": causes(pack), "track": TRACKS}.get(field, ())
    return dict(known).get(key)
