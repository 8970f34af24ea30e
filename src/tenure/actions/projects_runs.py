"""What the night does to projects of customers: it compares again those of which the day alone may have changed what they are compared with."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from tenure.actions.projects_writing import compared
from tenure.models import Project
from tenure.queries import projects as queries
from tenure.queries import projects_check

CHUNK = 200  # projects locked, read and written at once
COLUMNS = ("differs", "unmoved", "outdated")


def follow(today: date) -> int:
    """Compare again where a template has moved on, or a customer pays by now (or no longer does); how many say something else than before. Nothing is
    told: the day changed, not the project. One query where there is nothing to do. Who is at work in a project settles it themselves."""
    turned, last, found = 0, 0, _concerned(today)
    while found:
        with transaction.atomic():
            held = Project.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("account")
            rows = list(held.filter(found, state="opened", deleted_at=None, pk__gt=last).order_by("pk")[:CHUNK])
            turned += _compare(rows, today)
        if not rows:
            break
        last = rows[-1].pk
    return turned


def _concerned(today: date) -> Q:
    """Which projects say of themselves what isn't so on this day. Empty where the handbook has no templates."""
    book, found = queries.book(), Q()
    sold = next((one.key for one in book.terms.phases if one.paid), "") if book.terms else ""
    for key, versions in book.templates.items():
        known, now = Q(template=key, version__in=[one.version for one in versions]), book.on(key, today)
        due = ~Q(phase=sold) & queries.paying(today)
        found |= known & ((Q(unmoved=False) & due) | (Q(unmoved=True) & ~due))
        older = Q(version__lt=now.version) if now else Q(pk__in=())
        found |= Q(template=key) & ((Q(outdated=False) & older) | (Q(outdated=True) & ~older))
    return found


def _compare(rows: list[Project], today: date) -> int:
    """Store what locked projects say now; how many of them something else than before."""
    found, turned = projects_check.of(rows, today), []
    for row in rows:
        values = compared(row, found[row.pk], today)
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            turned.append(row)
    Project.objects.bulk_update(turned, COLUMNS)
    return len(turned)
