"""Who hears of onboardings: that one has fallen behind or is stuck, and what its end still asks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.actions.onboardings_fields import listed
from tenure.models import AccountSummary, Onboarding
from tenure.queries import handbook, onboardings_follow, waiting
from tenure.rules.onboarding import FIELDS

KIND = "onboarding"
LATE = {"behind": "Onboarding is behind", "stuck": "Onboarding is stuck"}


def tell(rows: Sequence[Onboarding], before: Mapping[int, str], moves: Mapping[int, Mapping[str, Any]], *, at: datetime) -> int:
    """Tell owners and their managers of what has come to be late (``before``: how each stood; one that had no track is not news), and
    owners of what is asked for. Each is told once."""
    late = [row for row in rows if row.track in LATE and before[row.pk] not in ("", "stuck", row.track)]
    asked = [row for row in rows if moves[row.pk]["ending"] == "ask"]
    readers = _readers([*late, *asked])
    letters = [letter for row in late for letter in _late(row, readers[row.pk])]
    letters += [letter for row in asked for letter in _asked(row, readers[row.pk][:1])]
    return notices.queue(letters, at=at)


def _readers(rows: Iterable[Onboarding]) -> dict[int, list[int]]:
    """The owner and the owner's manager of each; of one without an owner those who name the TAM."""
    known = list(rows)
    free = [row.account_id for row in known if row.owner is None]
    managers = waiting.managers() if free else None
    places = {
        pk: (place, region)
        for pk, place, region in AccountSummary.objects.filter(pk__in=free).values_list("pk", "account__territory_id", "region")
    }
    found = {}
    for row in known:
        if row.owner is not None:
            manager = row.owner.manager_id
            found[row.pk] = [row.owner.pk, *([manager] if manager else [])]
        else:
            found[row.pk] = list(managers.of(*places.get(row.account_id, (None, None)))) if managers else []
    return found


def _late(row: Onboarding, readers: Iterable[int]) -> Iterator[Letter]:
    since = f"Begun on {row.start_date:%-d %B %Y}" if row.start_date else "It has not begun"
    for reader in readers:
        yield Letter(
            reader, KIND, f"{LATE[row.track]}: {row.account.name}", f"onboarding.track:{row.pk}:{row.track}", f"{row.name}. {since}.",
            f"/onboardings/{row.pk}/", row.account_id,
        )  # fmt: skip


def _asked(row: Onboarding, readers: Iterable[int]) -> Iterator[Letter]:
    names = listed([FIELDS[name] for name in onboardings_follow.lacking(row, handbook.pack())])
    for reader in readers:
        yield Letter(
            reader, KIND, f"Complete the onboarding: {row.account.name}", f"onboarding.asks:{row.pk}:{row.playbook_use_id}",
            f"Its work is done. It still needs {names}.", f"/onboardings/{row.pk}/", row.account_id,
        )  # fmt: skip
