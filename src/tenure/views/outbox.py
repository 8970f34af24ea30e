"""The outbox for operators: what was sent, what waits, what failed and why; sending again; addresses that mails can't reach."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import outbox as actions
from tenure.actions.refusals import Refused
from tenure.links.calendar import invitations
from tenure.models import Notice
from tenure.queries import handbook, mails, outbox, preferences, visible
from tenure.views.shell import PageRequest, needs

VIEW, SEND = "outbox.view", "outbox.send"
TABS = {"": "All", "waits": "Waiting", "sent": "Sent", "failed": "Failed", "unsent": "Not sent"}
WORDS = {
    "queued": "Waiting", "held": "Held", "gathered": "In a summary", "sending": "Being sent", "delivered": "Sent", "failed": "Failed",
    "bounced": "Came back", "muted": "Muted", "cancelled": "Taken back",
}  # fmt: skip
MARKS = {"delivered": "lab-g", "failed": "lab-r", "bounced": "lab-r", "sending": "lab-acc", "held": "lab-y"}


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """Newest first; search, state and kind in the address."""
    wanted = _wanted(request.GET)
    found, counts = outbox.listed(request.user, wanted), outbox.counts(request.user)
    titles = preferences.titles(handbook.pack())
    context = {
        "rows": [_row(row, titles) for row in found[: outbox.PAGE]],
        "older": found[outbox.PAGE - 1].pk if len(found) > outbox.PAGE else None,
        "wanted": wanted,
        "states": [(key, label, counts.get(key)) for key, label in TABS.items()],
        "kinds": titles.items(),
        "failed": counts["failed"],
        "may_send": visible.may(request.user, SEND),
    }
    return render(request, "outbox/list_rows.html" if request.htmx.target == "rows" else "outbox/list.html", context)


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One mail as its reader sees it, and how it went."""
    notice, pack = get_object_or_404(outbox.mails(request.user), pk=pk), handbook.pack()
    spent = outbox.is_spent(notice)
    if notice.kind == outbox.LINK:  # the link is the customer's alone
        notice.url = "/answers/…/"
    mail = mails.compose(notice, pack)
    context = {
        **_row(notice, preferences.titles(pack)),
        "mail": mail,
        "calendar": invitations.text(mail.meeting).decode() if mail.meeting else "",
        "block": preferences.block_of(mail.to, notice.kind),
        "may_send": visible.may(request.user, SEND),
        "period": notice.digest.partition(":")[0],
        "spent": spent,
        "can_go_again": not spent and notice.state in (*actions.AGAIN, "delivered"),
    }
    return render(request, "outbox/show.html" if request.htmx else "outbox/page.html", context)


@needs(SEND)
@require_POST
def again(request: PageRequest) -> HttpResponse:
    """Send one again, or everything that failed and fits the filter."""
    if request.POST.get("all"):
        ids = outbox.failed_ids(request.user, _wanted(request.POST), actions.MOST)
    else:
        given = [int(one) for one in request.POST.getlist("id") if one.isdecimal()]
        ids = list(outbox.mails(request.user).filter(pk__in=given).values_list("pk", flat=True))
    try:
        count = actions.send_again(ids, actor=request.user, at=timezone.now())
        messages.success(request, f"{count} {'mail goes' if count == 1 else 'mails go'} out again.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("outbox:list")


@needs(VIEW)
@require_GET
def blocks(request: PageRequest) -> HttpResponse:
    """The addresses to which nothing goes, and why."""
    titles = preferences.titles(handbook.pack())
    rows = [(row, titles.get(row.kind, row.kind)) for row in outbox.blocks()[:500]]
    return render(request, "outbox/blocks.html", {"rows": rows, "may_send": visible.may(request.user, SEND)})


@needs(SEND)
@require_POST
def lift(request: PageRequest, pk: int) -> HttpResponse:
    """Let mails go to an address again."""
    block = get_object_or_404(outbox.blocks(), pk=pk)
    try:
        messages.success(request, f"Mails go to {actions.lift(block.pk, actor=request.user, at=timezone.now())} again.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("outbox:blocks")


def _wanted(given: QueryDict) -> outbox.Wanted:
    before = given.get("before", "")
    return outbox.Wanted(
        given.get("q", "").strip(), given.get("state", ""), given.get("kind", ""), int(before) if before.isdecimal() else None
    )


def _row(notice: Notice, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "notice": notice,
        "to": notice.user.name if notice.user else notice.address,
        "kind_title": titles.get(notice.kind, notice.kind),
        "word": WORDS.get(notice.state, notice.state),
        "mark": MARKS.get(notice.state, ""),
    }
