"""The timeline across accounts: what happened, what is planned, and one's own drafts."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.models import Account
from tenure.queries import account as accounts
from tenure.queries import activities, activity_kinds, visible
from tenure.queries.activities import STATES, Asked, Page
from tenure.views.shell import PageRequest, needs

WORD = 200  # characters of a search
TEAM = ("team", "My team")


@needs("activity.view")
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The page; htmx takes the part that changes out of it."""
    asked = asked_of(request)
    page = activities.page(request.user, asked, timezone.now(), until=accounts.end_of(request.as_of))
    oversees = any(role.sees in ("team", "all") for role in visible.roles_of(request.user))
    coming = activities.coming(request.user, timezone.now()) if asked.state == "" and not request.is_as_of else []
    context = {
        "coming": coming, "drafts": activities.drafts(request.user) if asked.state == "" and not asked.narrowed else [],
        "may_log": visible.may(request.user, "activity.log"), "people": [("me", "Me"), *([TEAM] if oversees else []), *activities.authors()],
    }  # fmt: skip
    return render(request, "timeline/list.html", context | frame(request, asked, page, request.path))


def frame(request: PageRequest, asked: Asked, page: Page, url: str, account: Account | None = None) -> dict[str, object]:
    """What the feed and its filters show; ``url`` is the page's own address."""
    more = [("as_of", request.as_of.isoformat())] if request.is_as_of else []
    plain = urlencode([*asked.params(), *more])
    return {
        "asked": asked, "feed": page, "url": url, "tl_account": account, "kinds": [(key, one.title) for key, one in activity_kinds.kinds().items()],
        "sentiments": [(key, one.title) for key, one in activity_kinds.sentiments().items()],
        "older": f"{url}?{urlencode([*asked.params(), *more, ('after', page.after)])}" if page.after else "",
        "newer": f"{url}?{urlencode([*asked.params(), *more, ('before', page.before)])}" if page.before else "",
        "newest": f"{url}?{plain}" if plain else url, "yesterday": request.today - timedelta(days=1),
    }  # fmt: skip


def asked_of(request: PageRequest) -> Asked:
    """What the address asks for; what can't be is left out."""
    given = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:WORD] for name in ("kind", "who", "sentiment", "q", "state")
    }
    return Asked(
        kind=given["kind"], who=given["who"], sentiment=given["sentiment"], search=given["q"],
        state=given["state"] if given["state"] in STATES else "", after=request.GET.get("after", ""), before=request.GET.get("before", ""),
    )  # fmt: skip
