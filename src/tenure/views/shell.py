"""What every page has: the person, the day one looks at, navigation, counts, security headers."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tenure.models import Notice, User
from tenure.queries import clock, days, handbook, preferences, visible
from tenure.views import errors

P = ParamSpec("P")

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
UPLOAD_FRAME = 1024 * 1024  # what a form adds around its file
LARGEST_FORM = 6 * 1024 * 1024  # a body where no file belongs
FILES = {
    "imports:create": "MAX_UPLOAD_BYTES",
    "attachments:create": "MAX_ATTACHMENT_BYTES",
    "attachments:keep": "MAX_ATTACHMENT_BYTES",
    "profiles_sheets:read": "MAX_ATTACHMENT_BYTES",
}  # where files belong, and their limits
YEARS = range(1950, 2200)  # of days that pages show
OF_A_DAY = ("as_of", "after", "before")  # what an address says of a day and of a place in its list
OPEN_PATHS = ("/login/", "/setup/", "/static/", "/health/", "/mail/", "/calendar/", "/shared/", "/answers/")

# (section, [(route, icon, label, capability)]): only pages that exist; a page without the right is not shown.
NAVIGATION: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    (
        "",
        [
            ("home:show", "home", "Home", ""),
            ("cockpit:list", "checkbox", "Cockpit", "cta.view"),
            ("accounts:list", "building", "Accounts", "account.view"),
        ],
    ),
    (
        "Work",
        [
            ("onboardings:list", "player-play", "Onboarding", "onboarding.view"),
            ("timeline:list", "calendar-stats", "Timeline", "activity.view"),
            ("feedback:list", "message", "Feedback", "activity.view"),
            ("handovers:list", "arrows-right-left", "Hand-overs", "handover.view"),
            ("reviews:list", "users", "Reviews", "review.hold"),
            ("capacity:show", "gauge", "Hours", "capacity.view"),
            ("projects:list", "stack-2", "Projects", "project.view"),
            ("playbooks:list", "route", "Playbooks", "cta.view"),
            ("services:list", "certificate", "Services", "report.view"),
            ("reports:portfolio", "chart-bar", "Reports", "report.view"),
            ("imports:list", "file-import", "Imports", "import.run"),
        ],
    ),
    (
        "Company",
        [
            ("handbook:list", "book-2", "Handbook", "handbook.view"),
            ("runs:list", "history", "Runs", "run.view"),
            ("outbox:list", "mail", "Outbox", "outbox.view"),
            ("users:list", "users", "People", "user.manage"),
        ],
    ),
]

OF_ANY_DAY = ("home:show", "accounts:list", "timeline:list", "reports:portfolio", "handbook:list")


class PageRequest(HttpRequest):
    """A request after ``ShellMiddleware``: a known user and the day that the page is about."""

    user: User
    today: date
    as_of: date
    is_as_of: bool
    asked: days.Asked | None  # what there is of that day, on pages of lists; see views.days
    htmx: Any


class ShellMiddleware:
    """Log-in for every page but a few, the first-run page on an empty database, ``as_of``, and the security headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page, or log-in, or a refusal of what is too large; always with the headers."""
        _without_nothing(request)
        request.today = clock.day_of(timezone.now())  # type: ignore[attr-defined]
        request.as_of = asked_day(request.GET.get("as_of")) or request.today  # type: ignore[attr-defined]
        request.is_as_of = request.as_of != request.today  # type: ignore[attr-defined]
        request.asked = None  # type: ignore[attr-defined]
        with handbook.held(), _zone_of(request):
            response = self._answer(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        customers = request.path.startswith(errors.CUSTOMERS)
        if customers:
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        if customers or request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """What a form sends, made fit to be kept, before its view reads it."""
        _form_without_nothing(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > _most(request):  # before anything of the body is read
            return errors.too_large(request)
        if request.user.is_authenticated:
            prefetch_related_objects([request.user], "roles")  # every question about a right reads them
            visible.remember(request.user)
        elif not request.path.startswith(OPEN_PATHS):
            return _to_login(request)
        return _with_toasts(request, self.get_response(request))


def _without_nothing(request: HttpRequest) -> None:
    """Leave out of an address the character that no text has: PostgreSQL keeps it nowhere, and looks for it nowhere."""
    asked = request.META.get("QUERY_STRING", "")
    if "%00" in asked:
        request.META["QUERY_STRING"] = asked.replace("%00", "")
        request.__dict__.pop("GET", None)
    if "\0" in request.path_info:
        raise Http404


def _form_without_nothing(request: HttpRequest) -> None:
    """The same for what a form sends. No browser sends it."""
    if any("\0" in text for name, texts in request.POST.lists() for text in (name, *texts)):
        clean = QueryDict(mutable=True, encoding=request.encoding)
        for name, texts in request.POST.lists():
            clean.setlist(name.replace("\0", ""), [text.replace("\0", "") for text in texts])
        request.POST = clean  # type: ignore[assignment]


def _zone_of(request: HttpRequest) -> AbstractContextManager[object]:
    """The reader's time zone while the page is made: every moment is shown and entered in it. Days stay the company's (queries.clock)."""
    user = request.user
    return timezone.override(preferences.zone_here(user)) if user.is_authenticated else nullcontext()


def _most(request: HttpRequest) -> int:
    """How many bytes a body may have: files come on few pages only."""
    try:
        limit = FILES.get(resolve(request.path_info).view_name, "")
    except Resolver404:
        limit = ""
    return getattr(settings, limit) + UPLOAD_FRAME if limit else LARGEST_FORM


def _with_toasts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Messages of an htmx request travel with the part of the page that it answers with."""
    is_part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    moves_on = any(name in response.headers for name in ("HX-Redirect", "HX-Refresh", "HX-Location"))
    is_html = response.status_code == 200 and not response.streaming and "text/html" in response.get("Content-Type", "")
    if is_part and is_html and not moves_on and len(get_messages(request)):
        response.content += render_to_string("shell/toasts_part.html", {}, request).encode()
    return response


def _to_login(request: HttpRequest) -> HttpResponse:
    """Log-in and back here; the first-run page while nobody exists. A part of a page (htmx) makes the whole page go there."""
    if not User.objects.exists():
        return redirect("setup:show")
    is_part = request.headers.get("HX-Request") == "true"
    back = request.headers.get("HX-Current-URL", "/") if is_part else request.get_full_path() if request.method == "GET" else "/"
    target = f"{reverse('login:show')}?next={quote(back)}"
    return HttpResponse(status=401, headers={"HX-Redirect": target}) if is_part else redirect(target)


def needs(
    capability: str,
) -> Callable[[Callable[Concatenate[PageRequest, P], HttpResponse]], Callable[Concatenate[PageRequest, P], HttpResponse]]:
    """A page behind a capability: without it 403 in plain words; somebody without any right (an outsider) gets 404."""

    def wrap(view: Callable[Concatenate[PageRequest, P], HttpResponse]) -> Callable[Concatenate[PageRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if visible.may(request.user, capability):
                return view(request, *args, **kwargs)
            if any(role.may for role in visible.roles_of(request.user)):
                raise PermissionDenied
            raise Http404

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return wrap


def asked_day(text: str | None) -> date | None:
    """A day that a page is asked to show; None where there is none, and for one so far away that nobody means it."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year in YEARS else None


def address(route: str, *args: int) -> str:
    """The address of a route, blank while the page doesn't exist."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def navigation(may: frozenset[str], namespace: str = "", as_of_query: str = "") -> list[dict[str, Any]]:
    """The sections of the side bar that these capabilities open, the page of ``namespace`` marked; pages that know other days than today
    open on the day of ``as_of_query``."""
    sections = []
    for title, items in NAVIGATION:
        shown = [
            {
                "route": route,
                "url": address(route) + as_of_query * (route in OF_ANY_DAY),
                "icon": icon,
                "label": label,
                "current": route.split(":")[0] == namespace,
            }
            for route, icon, label, capability in items
            if (not capability or capability in may) and address(route)
        ]
        if shown:
            sections.append({"title": title, "items": shown})
    return sections


def _unread(user: User) -> int:
    return Notice.objects.filter(user=user, channel="app", read_at=None).count()


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the shell: navigation with the current page marked, unread notices, roles in words, the as-of control."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not hasattr(request, "as_of"):
        return {"navigation": [], "limit_mb": settings.MAX_UPLOAD_BYTES // 2**20}
    roles = visible.roles_of(user)
    namespace = request.resolver_match.namespace if request.resolver_match else ""
    as_of_query = f"?as_of={request.as_of.isoformat()}" if request.is_as_of else ""  # type: ignore[attr-defined]
    sections = navigation(frozenset().union(*(role.may for role in roles)), namespace, as_of_query)
    pages = [item for section in sections for item in section["items"]]
    return {
        "navigation": sections,
        "namespace": namespace,
        "tabs": pages[:3],
        "more": pages[3:],
        "role_title": roles[0].title if roles else "No role yet",
        "unread": SimpleLazyObject(lambda: _unread(user)),
        **_day_context(request, as_of_query),
        "limit_mb": settings.MAX_UPLOAD_BYTES // 2**20,
    }


def _day_context(request: HttpRequest, as_of_query: str) -> dict[str, Any]:
    """The as-of control, and what there is of the day on pages of lists."""
    return {
        "today": request.today,  # type: ignore[attr-defined]
        "as_of": request.as_of,  # type: ignore[attr-defined]
        "is_as_of": request.is_as_of,  # type: ignore[attr-defined]
        "as_of_query": as_of_query,
        "as_of_and": as_of_query.replace("?", "&"),
        "asked": request.asked,  # type: ignore[attr-defined]
        "assumed": lambda: _assumed(request),
        "as_of_presets": SimpleLazyObject(lambda: _presets(request)),
        "as_of_kept": [(key, value) for key, values in request.GET.lists() if key not in OF_A_DAY for value in values],
    }


def _assumed(request: HttpRequest) -> int:
    """On how many of the accounts a look ahead assumes a renewal."""
    built = request.asked.built if request.asked else None  # type: ignore[attr-defined]
    return days.assumed(request.user, built) if built and built.day > built.seen_from else 0  # type: ignore[arg-type]


def _presets(request: HttpRequest) -> list[dict[str, Any]]:
    """Days that one looks at often, each with the address of this page on that day. The first is today."""
    today: date = request.today  # type: ignore[attr-defined]
    offered = [
        ("Today", today), ("A quarter ago", today - relativedelta(months=3)),
        ("A year ago", today - relativedelta(years=1)), ("In 90 days", today + timedelta(days=90)),
    ]  # fmt: skip
    presets = []
    for label, day in offered:
        query = request.GET.copy()
        for name in OF_A_DAY:
            query.pop(name, None)
        if day != today:
            query["as_of"] = day.isoformat()
        presets.append({"label": label, "day": day, "url": f"{request.path}?{query.urlencode()}".rstrip("?")})
    return presets
