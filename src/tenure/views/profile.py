"""One's own page: name, looks, notices, calendar, password, second step, sessions."""

from calendar import day_name
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import passwords, sessions, two_step
from tenure.actions import users as actions
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import absences, feeds, handbook, preferences, users, visible
from tenure.rules import notices as rules
from tenure.views import codes
from tenure.views.shell import PageRequest

SECRET = "two_step_secret"  # noqa: S105 - where the session keeps it until it is confirmed


@require_GET
def show(request: PageRequest) -> HttpResponse:
    """Everything about oneself."""
    return _page(request, {})


@require_POST
def change(request: PageRequest) -> HttpResponse:
    """Save one's name and title."""
    try:
        actions.change_self(
            request.user, name=request.POST.get("name", ""), title=request.POST.get("title", ""), at=timezone.now()
        )
    except Refused as refusal:
        return _page(request, {refusal.field: refusal.sentence})
    messages.success(request, "Saved.")
    return redirect("profile:show")


@require_POST
def prefer(request: PageRequest) -> HttpResponse:
    """Save the theme."""
    try:
        actions.prefer(request.user, theme=request.POST.get("theme", "system"), at=timezone.now())
    except Refused as refusal:
        return _page(request, {refusal.field: refusal.sentence})
    messages.success(request, "Saved.")
    return redirect("profile:show")


@sensitive_post_parameters("old", "password", "again")
@require_POST
def password(request: PageRequest) -> HttpResponse:
    """Choose another password; the other sessions end."""
    old, new = request.POST.get("old", ""), request.POST.get("password", "")
    try:
        if new != request.POST.get("again", ""):
            raise Refused("The two differ.", field="again")
        passwords.change(request.user, old, new, at=timezone.now(), keep_session=request.session.session_key or "")
    except Refused as refusal:
        return _page(request, {refusal.field: refusal.sentence})
    update_session_auth_hash(request, request.user)
    messages.success(request, "Password changed. Your other sessions have ended.")
    return redirect("profile:show")


@require_http_methods(["GET", "POST"])
def two_step_on(request: PageRequest) -> HttpResponse:
    """Show the secret, then turn the second step on with a code of the app, then show the recovery codes once."""
    if two_step.is_on(request.user):
        return redirect("profile:show")
    secret, error = request.session.setdefault(SECRET, codes.secret()), ""
    if request.method == "POST":
        try:
            made = two_step.turn_on(request.user, secret, request.POST.get("code", ""), at=timezone.now())
        except Refused as refusal:
            error = refusal.sentence
        else:
            del request.session[SECRET]
            return render(request, "profile/codes.html", {"codes": made})
    url = get_adapter().build_totp_url(request.user, secret)
    context = {"secret": codes.grouped(secret), "svg": mark_safe(codes.svg(url)), "error": error}  # noqa: S308 - made of our own url
    return render(request, "profile/two_step_on.html", context, status=422 if error else 200)


@sensitive_post_parameters("password")
@require_POST
def two_step_off(request: PageRequest) -> HttpResponse:
    """Turn the second step off, with the password."""
    try:
        two_step.turn_off(request.user, request.POST.get("password", ""), at=timezone.now())
    except Refused as refusal:
        return _page(request, {"two_step": refusal.sentence})
    messages.success(request, "Two-step log-in is off.")
    return redirect("profile:show")


@sensitive_post_parameters("password")
@require_POST
def recovery_codes(request: PageRequest) -> HttpResponse:
    """New recovery codes instead of the old ones, with the password; shown once."""
    try:
        made = two_step.renew_codes(request.user, request.POST.get("password", ""), at=timezone.now())
    except Refused as refusal:
        return _page(request, {"two_step": refusal.sentence})
    return render(request, "profile/codes.html", {"codes": made})


@require_POST
def end_session(request: PageRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    try:
        sessions.end(request.user, pk, at=timezone.now())
    except Refused as refusal:
        return _page(request, {"sessions": refusal.sentence})
    return redirect("profile:show")


@require_POST
def end_sessions(request: PageRequest) -> HttpResponse:
    """End all sessions but this one."""
    count = sessions.end_others(request.user, keep=request.session.session_key or "", at=timezone.now())
    messages.success(request, f"{count} other {'session' if count == 1 else 'sessions'} ended.")
    return redirect("profile:show")


def _page(request: PageRequest, errors: dict[str, str]) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "errors": errors,
        "roles": visible.roles_of(user),
        "territories": user.territories.all(),
        "themes": [("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
        **_notices(user),
        "away": absences.ahead(user, request.today),
        "two_step": two_step.is_on(user),
        "codes_left": two_step.codes_left(user),
        "sessions": users.sessions(user, timezone.now()),
        "this_session": request.session.session_key,
    }
    return render(request, "profile/show.html", context, status=422 if errors else 200)


def _notices(user: User) -> dict[str, Any]:
    """How one is told, and the calendar feeds."""
    pack = handbook.pack()
    return {
        "kind_groups": preferences.groups(user, pack),
        "mail_choices": rules.CHOICES,
        "notice_book": pack.notices,
        "digest_day": day_name[pack.notices.digest.weekday - 1] if pack.notices.digest else "",
        "zone": preferences.zone_of(user, pack),
        "zones": preferences.zones(),
        "mails_leave": settings.MAILS_LEAVE,
        "mail_block": preferences.block_of(user.email),
        "feeds": feeds.of(user),
    }
