"""The handbook's kinds of timeline entries, its texts to begin with, and its words for feedback."""

from tenure.queries import handbook
from tenure.rules.catalogues import ActivityKind, ActivityTemplate, Choice, Timeline

CRM = {"task": ("Task", "checkbox"), "event": ("Event", "calendar")}  # what only a CRM tells: title and icon
PLAIN = "circle"


def kinds() -> dict[str, ActivityKind]:
    """Key -> kind, in the handbook's order."""
    return dict(handbook.pack().timeline.kinds)


def title(key: str, book: Timeline | None = None) -> str:
    """A kind in words; one that the handbook doesn't know is spelled out. ``book``: the handbook's, where many are asked for."""
    found = (book or handbook.pack().timeline).kinds.get(key)
    return found.title if found else CRM.get(key, (key.replace("_", " ").capitalize(), PLAIN))[0]


def icon(key: str, book: Timeline | None = None) -> str:
    """The icon of a kind."""
    found = (book or handbook.pack().timeline).kinds.get(key)
    return found.icon if found else CRM.get(key, ("", PLAIN))[1]


def word(key: str) -> str:
    """A kind in one word, as a button says it: call, e-mail, update."""
    return title(key).rpartition(" ")[2].lower()


def engaging() -> tuple[str, ...]:
    """The kinds that move "last engaged"."""
    return handbook.pack().timeline.engaging


def contacting() -> tuple[str, ...]:
    """The kinds that move "last contact"."""
    return handbook.pack().timeline.contacting


def inviting() -> list[ActivityKind]:
    """The kinds that can be planned."""
    return [kind for kind in kinds().values() if kind.invites]


def templates() -> dict[str, ActivityTemplate]:
    """Key -> text to begin an entry with."""
    return dict(handbook.pack().timeline.templates)


def sentiments() -> dict[str, Choice]:
    """Key -> how a customer feels, best first."""
    return dict(handbook.pack().timeline.sentiments)


def sentiment_title(key: str, book: Timeline | None = None) -> str:
    """A sentiment in words; blank for none."""
    found = (book or handbook.pack().timeline).sentiments.get(key)
    return found.title if found else key.capitalize()


def feedback_kinds() -> dict[str, Choice]:
    """Key -> what feedback can be about."""
    return dict(handbook.pack().timeline.feedback_kinds)


def feedback_labels() -> dict[str, Choice]:
    """Key -> label of an issue in which a customer is interested."""
    return dict(handbook.pack().timeline.feedback_labels)
