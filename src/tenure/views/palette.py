"""The palette: jump to an account, a person or a page by typing, or begin something."""

import re
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
    ("onboardings:board", "layout-kanban", "Onboarding board", "onboarding.view", "kanban status onboardings"),
    ("onboardings:times", "chart-bar", "Onboarding times", "onboarding.view", "time to engage first value onboard median goal"),
    ("handbook:findings", "alert-triangle", "Handbook: findings", "handbook.view", "linter contradictions check"),
    ("users:create", "user-plus", "Add person", "user.manage", "user invite new"),
    ("territories:list", "map-pin", "Territories", "user.manage", "regions"),
    ("notices:list", "bell", "Notices", "", "bell notifications"),
    ("outbox:list", "mail", "Outbox", "outbox.view", "mails sent failed bounced notices"),
    (
        "profiles_report:show",
        "file-text",
        "Customer profiles",
        "report.view",
        "business technical meta-record completeness stale known",
    ),
    ("profile:show", "user", "Profile", "", "password theme dark two-step sessions log out"),
]
# What one can begin from anywhere: (route, route on an account's page, query, icon, label, capability, where it opens, other words for it).
BEGIN = [
    ("ctas:create", "", "", "checkbox", "New CTA", "cta.edit", "dialog", "add call to action task"),
    ("activities:start", "activities:log", "", "phone", "Log a call", "activity.log", "dialog", "activity note meeting mail timeline"),
    ("activities:start", "activities:plan", "?verb=plan", "calendar", "Plan a call", "activity.log", "dialog", "meeting invite"),
    ("", "handovers:start", "", "arrows-right-left", "Hand over", "handover.edit", "dialog", "hand-off transition tam sale disengage"),
    ("onboardings:create", "", "", "player-play", "New onboarding", "onboarding.edit", "dialog", "begin onboard customer"),
    ("", "feedback:create", "", "message", "Record feedback", "feedback.edit", "drawer", "customer said"),
    ("", "profiles_sheets:create", "", "mail", "Ask the customer", "profile.edit", "drawer", "data sheet questionnaire profile discovery intake"),
]  # fmt: skip
ON_ACCOUNT = re.compile(r"/accounts/(\d{1,18})/")
WORDS = {
    "home": "my book cockpit start",
    "accounts:list": "customers clients companies",
    "users:list": "users administration roles",
    "handovers:list": "hand-offs transitions sale tam disengagement",
    "cockpit:list": "work tasks ctas calls to action today overdue board calendar",
    "reports:portfolio": "portfolio charts dashboard",
    "onboardings:list": "onboard new customers time to value first value",
    "reviews:list": "one-on-one manager sign off onboarding review",
    "imports:list": "csv upload files data rows that wait",
    "handbook:list": "rules playbook policy segment gemstone tier coverage",
}
# What one can do on a page of its own: (route, query, icon, label, capability, other words for it).
ACTIONS = [
    (
        "onboardings:list",
        "?f=owner:empty&f=open:yes",
        "user-plus",
        "Assign onboardings without an owner",
        "onboarding.edit",
        "unassigned",
    ),
    (
        "onboardings:list",
        "?f=track:any:behind,stuck",
        "clock-exclamation",
        "Onboardings that are behind or stuck",
        "onboarding.view",
        "late",
    ),
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
    context = {"text": text, "groups": _groups(request, text)}
    name = {"palette-results": "results", "dialog": "dialog"}.get(request.htmx.target or "", "show")
    return render(request, f"palette/{name}.html", context)


def _groups(request: PageRequest, text: str) -> list[dict[str, Any]]:
    user = request.user
    found = palette.find(user, text)
    groups: list[dict[str, Any]] = [
        {"title": "Accounts", "kind": "account", "rows": [(address("account:show", row.pk), row) for row in found.accounts]},
        {"title": "People", "kind": "person", "rows": [(_of_person(user, row), row) for row in found.people]},
        {"title": "Actions", "kind": "action", "rows": [*_begun(request, text.lower()), *_actions(user, text.lower())]},
        {"title": "Pages", "kind": "page", "rows": _pages(user, text.lower())},
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


def _begun(request: PageRequest, text: str) -> list[tuple[str, dict[str, str]]]:
    """What can be begun from anywhere; on an account's page it is about that account."""
    path = request.htmx.current_url_abs_path if request.htmx else ""
    on = ON_ACCOUNT.match(path or "")
    account = visible.accounts(request.user).filter(pk=int(on[1])).first() if on else None
    may = _may(request.user)
    rights = visible.rights_on(request.user, account) if account else may
    found = []
    for anywhere, here, query, icon, label, need, where, words in BEGIN:
        if need not in may or not _fits(f"{label} {words}", text):
            continue
        if account and need in rights:
            url = reverse(here, args=[account.pk]) if here else f"{reverse(anywhere)}?account={account.pk}"
            found.append((url, {"label": label, "icon": icon, "of": account.name, "where": "drawer" if here else where}))
        elif anywhere:
            found.append((reverse(anywhere) + query, {"label": label, "icon": icon, "of": "", "where": where}))
    return found


def _actions(user: User, text: str) -> list[tuple[str, dict[str, str]]]:
    """What the user may do on a page of its own, once something is typed."""
    may = _may(user) if text else frozenset()
    return [
        (address(route) + query, {"label": label, "icon": icon, "of": "", "where": ""})
        for route, query, icon, label, need, words in ACTIONS
        if need in may and address(route) and _fits(f"{label} {words}", text)
    ]


def _fits(words: str, text: str) -> bool:
    return all(part in words.lower() for part in text.split())


def _pages(user: User, text: str) -> list[tuple[str, dict[str, str]]]:
    may = _may(user)
    pages = [
        (item["label"], item["icon"], item["url"], WORDS.get(item["route"], ""))
        for section in navigation(may)
        for item in section["items"]
    ]
    pages += [(label, icon, address(route), words) for route, icon, label, need, words in MORE if not need or need in may]
    return [(url, {"label": label, "icon": icon}) for label, icon, url, words in pages if url and _fits(f"{label} {words}", text)]


def _may(user: User) -> frozenset[str]:
    return frozenset[str]().union(*(role.may for role in visible.roles_of(user)))
