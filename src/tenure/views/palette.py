"""The palette: jump to an account, a person or a page by typing."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tenure.models import User
from tenure.queries import palette, visible
from tenure.views.shell import PageRequest, address, navigation

# Pages beside those of the side bar: (route, icon, label, capability, other words for it).
MORE = [
    ("handbook:values", "adjustments", "Handbook: values", "handbook.view", "thresholds figures"),
    ("handbook:findings", "alert-triangle", "Handbook: findings", "handbook.view", "linter contradictions check"),
    ("users:create", "user-plus", "Add person", "user.manage", "user invite new"),
    ("territories:list", "map-pin", "Territories", "user.manage", "regions"),
    ("notices:list", "bell", "Notices", "", "bell notifications"),
    ("profile:show", "user", "Profile", "", "password theme dark two-step sessions log out"),
]
WORDS = {
    "home": "my book cockpit start",
    "accounts:list": "customers clients companies",
    "users:list": "users administration roles",
    "reports:portfolio": "portfolio charts dashboard",
    "imports:list": "csv upload files data rows that wait",
    "handbook:list": "rules playbook policy segment gemstone tier coverage",
}
# What one can do from anywhere: (route, query, icon, label, capability, other words for it).
ACTIONS = [
    ("imports:create", "", "upload", "Import files", "import.run", "upload csv add accounts contacts"),
    (
        "accounts:list",
        "?f=criteria:is:Yes&f=tam:empty",
        "user-plus",
        "Assign TAMs to accounts that need one",
        "account.assign",
        "csm owner",
    ),
    ("accounts:export", "", "download", "Export accounts as CSV", "account.export", "download customers"),
    ("accounts:export", "?form=xlsx", "download", "Export accounts as XLSX", "account.export", "download excel customers"),
    ("reports:export", "", "download", "Export the portfolio report", "account.export", "download"),
]


@require_GET
def show(request: PageRequest) -> HttpResponse:
    """The box in a dialog (htmx), its results alone while one types, or a page of its own."""
    text = request.GET.get("q", "").strip()[:100]
    context = {"text": text, "groups": _groups(request.user, text)}
    name = {"palette-results": "results", "dialog": "dialog"}.get(request.htmx.target or "", "show")
    return render(request, f"palette/{name}.html", context)


def _groups(user: User, text: str) -> list[dict[str, Any]]:
    found = palette.find(user, text)
    groups: list[dict[str, Any]] = [
        {"title": "Accounts", "kind": "account", "rows": [(address("account:show", row.pk), row) for row in found.accounts]},
        {"title": "People", "kind": "person", "rows": [(_of_person(user, row), row) for row in found.people]},
        {"title": "Pages", "kind": "page", "rows": _pages(user, text.lower())},
        {"title": "Actions", "kind": "page", "rows": _actions(user, text.lower())},
    ]
    kept = [group for group in groups if group["rows"]]
    # Numbered through, so that each option has an id for aria-activedescendant.
    numbers = iter(range(1000))
    return [{**group, "rows": [(next(numbers), *item) for item in group["rows"]]} for group in kept]


def _of_person(user: User, person: User) -> str:
    """Who may manage people opens the person; everybody else the accounts of which they are the TAM."""
    if visible.may(user, "user.manage"):
        return reverse("users:show", args=[person.pk])
    return f"{address('accounts:list')}?f=tam:is:{person.pk}"


def _pages(user: User, text: str) -> list[tuple[str, dict[str, str]]]:
    may = _may(user)
    pages = [
        (item["label"], item["icon"], item["url"], WORDS.get(item["route"], ""))
        for section in navigation(may)
        for item in section["items"]
    ]
    pages += [(label, icon, address(route), words) for route, icon, label, need, words in MORE if not need or need in may]
    return _fitting(pages, text)


def _actions(user: User, text: str) -> list[tuple[str, dict[str, str]]]:
    """What the user may do, once something is typed."""
    may = _may(user) if text else frozenset()
    found = [
        (label, icon, address(route) and address(route) + query, words)
        for route, query, icon, label, need, words in ACTIONS
        if need in may
    ]
    return _fitting(found, text)


def _may(user: User) -> frozenset[str]:
    return frozenset[str]().union(*(role.may for role in visible.roles_of(user)))


def _fitting(items: list[tuple[str, str, str, str]], text: str) -> list[tuple[str, dict[str, str]]]:
    """Of (label, icon, address, other words) those in which every typed word occurs."""
    fits = [item for item in items if item[2] and all(part in f"{item[0]} {item[3]}".lower() for part in text.split())]
    return [(url, {"label": label, "icon": icon}) for label, icon, url, _ in fits]
