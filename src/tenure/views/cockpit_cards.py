"""The cards of the board and the entries of the calendar as HTML. A page shows some two hundred of them: a template would take three times as long."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.models import CallToAction
from tenure.queries.cockpit_buckets import SNOOZED
from tenure.queries.cockpit_calendar import Day, Item
from tenure.rules.packs import Pack
from tenure.views import cta_tags, tags
from tenure.views.markup import fill

DRAG = ' data-drag draggable="true" data-move="{}" aria-describedby="ck-how"'
NOTHING = SafeString("")


@dataclass(frozen=True)
class Look:
    """What cards need to know of the page. ``may``: move them."""

    today: date
    pack: Pack
    may: bool
    show: str = field(default_factory=lambda: reverse("ctas:show", args=(0,)))
    move: str = field(default_factory=lambda: reverse("cockpit:move", args=(0,)))

    @cached_property
    def days(self) -> dict[str, str]:
        """Where a CTA or a task that is put on another day goes."""
        return {noun: reverse("cockpit:set_day", args=(noun, 0)) for noun in ("cta", "task")}

    def kind(self, key: str) -> tuple[str, str]:
        """Icon and title of a type."""
        found = self.pack.cta_types.get(key)
        return (found.icon, found.title) if found else ("checkbox", key.replace("_", " ").capitalize())

    def drag(self, url: str, pk: int) -> SafeString:
        """What makes it movable."""
        return fill(DRAG, _of(url, pk)) if self.may else NOTHING


def _of(url: str, pk: int) -> str:
    return url.replace("/0/", f"/{pk}/")


def _spoken(words: str) -> SafeString:
    return fill('<span class="sr">{}</span>', words)


def card(row: CallToAction, look: Look) -> SafeString:
    """A card of the board: what, whose account, who does it, by when."""
    icon, title = look.kind(row.type)
    url, name = _of(look.show, row.pk), row.account_name  # type: ignore[attr-defined]
    return fill(
        '<li><a class="ck-card" id="c-{}" href="{}" hx-get="{}?beside=1" hx-target="#drawer" data-cta="{}" data-item{}>'
        '<span class="row-x"><span class="ty" title="{}">{}{}</span><span class="med ck-card-t">{}</span></span>'
        '<span class="row-x sm sec">{}<span class="cut">{}</span></span><span class="row-x sm">{}{}{}{}</span></a></li>\n',
        row.pk, url, url, row.pk, look.drag(look.move, row.pk), title, tags.icon(icon, "i-s"), _spoken(f"{title}: "), row.title,
        tags.monogram(name, row.account_id), name, _owner(row), _high(row), _steps(row), _day(row, look),
    )  # fmt: skip


def _owner(row: CallToAction) -> SafeString:
    if row.owner_id is None:
        return fill('<span class="warn">{}</span>', "Nobody")
    name = row.owner_name  # type: ignore[attr-defined]
    return fill("{}{}", tags.monogram(name, row.owner_id, True), _spoken(name))


def _high(row: CallToAction) -> SafeString:
    if row.priority != 1:
        return NOTHING
    return fill('<span title="High priority">{}{}</span>', tags.icon("antenna-bars-5", "i-s"), _spoken("High priority"))


def _steps(row: CallToAction) -> SafeString:
    total = row.tasks_open + row.tasks_done
    return fill('<span class="mut tnum">{}{}/{}</span>', _spoken("Tasks done: "), row.tasks_done, total) if total else NOTHING


def _day(row: CallToAction, look: Look) -> SafeString:
    """By when; how it ended; until when it rests."""
    shade = "mut"
    if not row.is_open:
        known = look.pack.cta_statuses.get(row.status)
        words = known.title if known else row.status
    elif row.bucket == SNOOZED:  # type: ignore[attr-defined]
        words = f"until {tags.day(row.snoozed_until, look.today)}"
    else:
        words, shade = cta_tags.due(row.due_date, look.today), cta_tags.due_class(row.due_date, look.today)
    return fill('<span class="push {}">{}</span>', shade, words)


def items(day: Day, look: Look) -> SafeString:
    """The entries of a day of the calendar."""
    return SafeString("".join(_item(one, look) for one in day.items))


def _item(one: Item, look: Look) -> SafeString:
    classes = "ck-item" + (" late" if one.late else "") + (" task-i" if one.noun == "task" else "")
    url, mark = _of(look.show, one.cta), _mark(one, look)
    return fill(
        '<li><a class="{}" id="{}-{}" href="{}" hx-get="{}?beside=1" hx-target="#drawer" data-cta="{}" data-item title="{}, {}"{}>{}'
        '<span class="cut">{}<span class="ck-of">, {}</span></span></a></li>\n',
        classes, one.noun[:1], one.pk, url, url, one.cta, one.title, one.account, look.drag(look.days[one.noun], one.pk), mark,
        one.title, one.account,
    )  # fmt: skip


def _mark(one: Item, look: Look) -> SafeString:
    """What it is: a task, something that rests, or the CTA's type."""
    icon, title = ("check", "Task") if one.noun == "task" else ("clock-pause", "Snoozed") if one.snoozed else look.kind(one.type)
    return fill("{}{}", tags.icon(icon, "i-s"), _spoken(f"{title}: "))
