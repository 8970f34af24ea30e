"""Log-in, log-out, the second step, and setting a password by a link. allauth does the checking; the pages are ours."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import passwords as actions
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import passwords
from tenure.runs import passwords as links
from tenure.views import errors

WRONG = "The mail address and the password don't fit."
TOO_MANY = "Too many tries. Wait five minutes, then try again."
TOO_OFTEN = 429
ASKED = "A link was asked for too often. Try again in an hour."


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: an administrator makes users. A closed log-in answers like a wrong password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "too_many_login_attempts": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Log-in and log-out need no toast."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """The right password of somebody who may not log in any more."""
        messages.error(request, "This log-in was closed. An administrator can open it again.")
        return redirect("login:show")

    def forget_failures(self, email: str) -> None:
        """Let somebody who has just set a password log in with it, however often they guessed the old one before."""
        self._delete_login_attempts_cached_email(self.request, email=email)


_enter = LoginView.as_view(template_name="login/show.html")
_verify = AuthenticateView.as_view(template_name="login/verify.html")


def _rendered(response: HttpResponse) -> HttpResponse:
    """After too many tries allauth answers with a page like any other: say so in the status as well."""
    form = (getattr(response, "context_data", None) or {}).get("form")
    if form is not None and TOO_MANY in [error for found in form.errors.values() for error in found]:
        response.status_code = 429
        response["Retry-After"] = "300"
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Mail address and password; on an empty installation the first-run page."""
    if not User.objects.exists():
        return redirect("setup:show")
    return _rendered(_enter(request))


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the authenticator app, or a recovery code."""
    return _rendered(_verify(request))


@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("login:show")


@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer says nothing of who has a log-in: a worker looks for the address."""
    email, error, status = request.POST.get("email", ""), "", 200
    if request.method == "POST":
        if ratelimit.consume(request, action="reset_password", key=email.strip().lower()):
            try:
                links.ask(email)
                return redirect(f"{reverse('login:forgotten')}?sent=1")
            except Refused as refusal:
                error, status = refusal.sentence, 422
        else:
            error, status = ASKED, TOO_OFTEN
    context = {"email": email, "error": error, "sent": "sent" in request.GET, "by_mail": settings.MAILS_LEAVE}
    response = render(request, "login/forgotten.html", context, status=status)
    if status == TOO_OFTEN:
        response["Retry-After"] = "3600"
    return response


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set a password by a link; the link works once. The log-in afterwards asks for the second step as ever."""
    if not ratelimit.consume(request, action="reset_password_from_key"):
        return errors.too_many(request)
    person, wrong = passwords.person_of(uid, token), {}
    if person and request.method == "POST":
        try:
            _choose(request, uid, token)
        except Refused as refusal:
            wrong = {refusal.field: refusal.sentence}
            person = None if refusal.code == "not_found" else person
        else:
            messages.success(request, "Password set. Log in with it.")
            return redirect("login:show")
    status = 410 if person is None else 422 if wrong else 200
    return render(request, "login/password.html", {"person": person, "errors": wrong}, status=status)


def _choose(request: HttpRequest, uid: str, token: str) -> None:
    word = request.POST.get("password", "")
    if word != request.POST.get("again", ""):
        raise Refused("The two differ.", field="again")
    person = actions.choose_by_link(uid, token, word, at=timezone.now())
    ClosedSignup(request).forget_failures(person.email)
