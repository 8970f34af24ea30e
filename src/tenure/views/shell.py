"""What every page has: the person, the day one looks at, navigation, counts, security headers."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tenure.models import Notice, User
from tenure.queries import visible

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
OPEN_PATHS = ("/login/", "/setup/", "/static/", "/health/")

# (section, [(route, icon, label, capability)]): only pages that exist; a page without the right is not shown.
NAVIGATION: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    ("", [("home:show", "home", "Home", ""), ("accounts:list", "building", "Accounts", "account.view")]),
    ("Work", [("reports:portfolio", "chart-bar", "Reports", "report.view"), ("imports:list", "file-import", "Imports", "import.run")]),
    (
        "Company",
        [
            ("handbook:list", "book-2", "Handbook", "handbook.view"),
            ("runs:list", "history", "Runs", "run.view"),
            ("users:list", "users", "People", "user.manage"),
        ],
    ),
]


class PageRequest(HttpRequest):
    """A request after ``ShellMiddleware``: a known user and the day that the page is about."""

    user: User  # type: ignore[assignment]
    today: date
    as_of: date
    is_as_of: bool
    htmx: Any


class ShellMiddleware:
    """Log-in for every page but a few, the first-run page on an empty database, ``as_of``, and the security headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.today = timezone.localdate()  # type: ignore[attr-defined]
        request.as_of = _day(request.GET.get("as_of")) or request.today  # type: ignore[attr-defined]
        request.is_as_of = request.as_of != request.today  # type: ignore[attr-defined]
        if not request.user.is_authenticated and not request.path.startswith(OPEN_PATHS):
            response: HttpResponse = redirect(f"{reverse('login:show')}?next={request.get_full_path()}")
        else:
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the shell: navigation with the current page marked, unread notices, roles in words."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    namespace = request.resolver_match.namespace if request.resolver_match else ""
    sections = []
    for title, items in NAVIGATION:
        shown = [
            {"url": reverse(route), "icon": icon, "label": label, "current": route.split(":")[0] == namespace}
            for route, icon, label, capability in items
            if not capability or visible.may(user, capability)
        ]
        if shown:
            sections.append({"title": title, "items": shown})
    roles = visible.roles_of(user)
    return {
        "navigation": sections,
        "role_title": roles[0].title if roles else "No role yet",
        "unread": Notice.objects.filter(user=user, channel="app", read_at=None).count(),
        "today": request.today,  # type: ignore[attr-defined]
        "as_of": request.as_of,  # type: ignore[attr-defined]
        "is_as_of": request.is_as_of,  # type: ignore[attr-defined]
    }
