"""Two people who tick the same: who comes later is shown what the other one said, and nothing is overwritten unasked."""

from collections.abc import Mapping

from tenure.actions.refusals import Refused
from tenure.models import HandOverItem, JourneyStep

WORDS = {"done": "done", "waived": "not needed", "returned": "sent back"}


class Overtaken(Refused):
    """Somebody else has said something of it meanwhile."""


def check(row: JourneyStep | HandOverItem | None, seen: Mapping[str, str] | None) -> None:
    """``seen``: what the form showed of state, day, note and address when it was opened, blank where nobody had said anything; None: it isn't known.
    Raises Overtaken with what was said since."""
    if seen is None:
        return
    was = {name: text.replace("\r\n", "\n") for name, text in seen.items()}
    now = {name: str(getattr(row, name)).replace("\r\n", "\n") if row else "" for name in was}
    if was == now:
        return
    if row is None:
        raise Overtaken("Somebody opened this again meanwhile. Save again to tick it.", "conflict")
    said = "; ".join(one for one in (f"{WORDS[row.state]} on {row.on}", row.note, getattr(row, "link", "")) if one)
    by = row.author.name if row.author else "Somebody"
    raise Overtaken(f"{by} said meanwhile: {said}. Save again to overwrite it.", "conflict")
