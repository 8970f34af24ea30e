"""The administration of people: list, add, change, close the log-in, links to set a password."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import two_step
from tenure.actions import users as actions
from tenure.actions.refusals import Refused
from tenure.models import Territory, User
from tenure.queries import handbook, users, visible
from tenure.queries import passwords as links
from tenure.runs import passwords
from tenure.views.shell import PageRequest, needs

MANAGE = "user.manage"


@needs(MANAGE)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """Everybody, with search, filters and sorts in the address."""
    given = request.GET
    page = int(given.get("page", "1")) if given.get("page", "1").isdecimal() else 1
    wanted = users.Wanted(
        given.get("q", "").strip(), given.get("role", ""), given.get("state", ""), given.get("sort", "name"), page
    )
    counts = users.counts()
    context = {
        "page": users.listed(wanted),
        "wanted": wanted,
        "roles": visible.roles(),
        "states": [(key, label, counts[key]) for key, label in users.STATES.items()],
        "heads": _heads(given, wanted.sort),
        "kept": _without(given, "page"),
    }
    return render(request, "users/list_rows.html" if request.htmx.target == "rows" else "users/list.html", context)


@needs(MANAGE)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """Add a person; then the link by which they set their password."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            user = actions.create(_profile(request.POST), actor=request.user, at=timezone.now())
            return _link_page(request, user)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    profile = _profile(request.POST) if errors else actions.Profile("", "")
    return render(request, "users/create.html", _form(profile, errors, None), status=422 if errors else 200)


@needs(MANAGE)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One person: who they are, what they may do, what they work on, and their log-in."""
    return _show(request, get_object_or_404(User, pk=pk), {})


@needs(MANAGE)
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Save what an administrator says about a person."""
    user = get_object_or_404(User, pk=pk)
    try:
        if actions.change(user, _profile(request.POST), actor=request.user, at=timezone.now()):
            messages.success(request, f"{user.name} saved.")
    except Refused as refusal:
        return _show(request, user, {refusal.field or "form": refusal.sentence}, _profile(request.POST))
    return redirect("users:show", pk)


@needs(MANAGE)
@require_POST
def link(request: PageRequest, pk: int) -> HttpResponse:
    """Make a link by which the person sets a password, and show it once."""
    user = get_object_or_404(User, pk=pk)
    try:
        return _link_page(request, user)
    except Refused as refusal:
        return _show(request, user, {"form": refusal.sentence})


@needs(MANAGE)
@require_http_methods(["GET", "POST"])
def deactivate(request: PageRequest, pk: int) -> HttpResponse:
    """Ask, with the open work in sight; then close the log-in."""
    user = get_object_or_404(User, pk=pk)
    if request.method == "GET":
        work = users.open_work(user)
        return render(request, "users/deactivate.html", {"person": user, "work": work[:8], "more": max(0, work.count() - 8)})
    try:
        actions.deactivate(user, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _show(request, user, {"form": refusal.sentence})
    messages.success(request, f"The log-in of {user.name} is closed.", extra_tags=reverse("users:activate", args=[pk]))
    return redirect("users:show", pk)


@needs(MANAGE)
@require_POST
def activate(request: PageRequest, pk: int) -> HttpResponse:
    """Open the log-in again."""
    user = get_object_or_404(User, pk=pk)
    try:
        actions.activate(user, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _show(request, user, {"form": refusal.sentence})
    messages.success(request, f"The log-in of {user.name} is open.")
    return redirect("users:show", pk)


@needs(MANAGE)
@require_POST
def second_step(request: PageRequest, pk: int) -> HttpResponse:
    """Turn the second step off for somebody who lost phone and codes."""
    user = get_object_or_404(User, pk=pk)
    two_step.reset(user, actor=request.user, at=timezone.now())
    messages.success(request, f"{user.name} logs in without a code now.")
    return redirect("users:show", pk)


def _show(request: PageRequest, user: User, errors: dict[str, str], profile: actions.Profile | None = None) -> HttpResponse:
    work = users.open_work(user)
    context = {
        **_form(profile or actions.profile_of(user), errors, user),
        "person": user,
        "work": work[:10],
        "work_count": work.count(),
        "second_step": users.has_second_step(user),
        "sessions": users.sessions(user, timezone.now()),
        "history": users.history(user),
    }
    return render(request, "users/show.html", context, status=422 if errors else 200)


def _link_page(request: PageRequest, user: User) -> HttpResponse:
    mailed = passwords.invite(user, actor=request.user, at=timezone.now())
    url = request.build_absolute_uri(reverse("login:password", args=links.parts(user)))
    return render(request, "users/link.html", {"person": user, "url": url, "mailed": mailed})


def _form(profile: actions.Profile, errors: dict[str, str], user: User | None) -> dict[str, Any]:
    others = users.people() if user is None else users.people().exclude(pk=user.pk)
    return {
        "profile": profile,
        "errors": errors,
        "roles": [role for role in visible.roles().values() if role.may],
        "regions": handbook.pack().handbook.regions,
        "managers": others,
        "territories": Territory.objects.all(),
    }


def _profile(data: QueryDict) -> actions.Profile:
    main = data.get("main_role", "")
    manager = data.get("manager", "")
    return actions.Profile(
        data.get("email", ""), data.get("name", ""), data.get("title", ""), data.get("region", ""),
        tuple(role for role in [main, *data.getlist("roles")] if role),
        int(manager) if manager.isdecimal() else None,
        tuple(int(pk) for pk in data.getlist("territories") if pk.isdecimal()),
    )  # fmt: skip


def _without(given: QueryDict, *keys: str) -> str:
    query = given.copy()
    for key in keys:
        query.pop(key, None)
    return query.urlencode()


def _heads(given: QueryDict, sort: str) -> list[dict[str, str]]:
    """The sortable heads: label, address that sorts by it (the other way round when it does already), direction now."""
    heads = []
    for key, label in (("name", "Name"), ("role", "Main role"), ("accounts", "Accounts"), ("login", "Last log-in")):
        state = "ascending" if sort == key else "descending" if sort == f"-{key}" else ""
        target = f"-{key}" if state == "ascending" else key
        heads.append({"key": key, "label": label, "url": f"?{_without(given, 'sort', 'page')}&sort={target}", "state": state})
    return heads
