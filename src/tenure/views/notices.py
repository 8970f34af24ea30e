"""The bell: what a person was told, by day."""

from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import notices as actions
from tenure.queries import handbook, notices, preferences
from tenure.views.shell import PageRequest

PAGE = 50
ICONS = {
    "needs_tam": "user-plus",
    "assignment": "users",
    "import_done": "file-import",
    "run_failed": "alert-triangle",
    "override": "pencil",
    "renewal": "refresh",
    "cta": "checkbox",
    "due": "clock",
    "overdue": "clock-exclamation",
    "escalation": "flame",
    "mention": "message",
    "comment": "message",
    "feedback": "message",
    "capacity": "gauge",
}


@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """Newest first, grouped by day; filters by kind and unread in the address."""
    mine = notices.of(request.user)
    kind, fresh = request.GET.get("kind", ""), request.GET.get("unread") == "1"
    rows = mine.filter(kind=kind) if kind else mine
    rows = rows.filter(read_at=None) if fresh else rows
    number = request.GET.get("page", "1")
    page = Paginator(rows, PAGE).get_page(int(number) if number.isdecimal() else 1)
    days = [(day, list(group)) for day, group in groupby(page, lambda row: timezone.localdate(row.created_at))]
    counts = notices.counts(request.user)
    pack = handbook.pack()
    kinds = [(key, preferences.title(pack, key), count) for key, count in counts.items()]
    context = {
        "page": page,
        "days": days,
        "kinds": kinds,
        "kind": kind,
        "fresh": fresh,
        "icons": ICONS,
        "today_here": timezone.localdate(),
    }
    return render(request, "notices/list.html", context)


@require_POST
def read(request: PageRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads; somebody else's, or one that is gone: back to the list."""
    notice = notices.of(request.user).filter(pk=pk).first()
    if notice is None:
        return redirect("notices:list")
    actions.mark_read(request.user, pk, at=timezone.now())
    is_ours = notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts={request.get_host()})
    return redirect(notice.url if is_ours else "notices:list")


@require_POST
def read_all(request: PageRequest) -> HttpResponse:
    """Mark all as read."""
    count = actions.mark_all_read(request.user, at=timezone.now())
    if count:
        messages.success(request, f"{count} marked as read.")
    return redirect("notices:list")
