"""Making an onboarding by hand: the form asks for what the edition of the day asks."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tenure.actions import onboardings as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Onboarding
from tenure.queries import account as accounts
from tenure.queries import handbook, onboardings, visible
from tenure.views import onboardings_form as form
from tenure.views.drawers import dialog, done
from tenure.views.onboardings import moment, said
from tenure.views.onboardings_site import EDIT
from tenure.views.shell import PageRequest, needs


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """Make an onboarding: from the list, or from an account."""
    given = request.POST if request.method == "POST" else request.GET
    account = _account(request, given)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = _made(request, account, given)
            messages.success(request, f"{made.name} began.", extra_tags=reverse("onboardings:delete", args=[made.pk]))
            return done(request, reverse("onboardings:show", args=[made.pk]))
        except Refused as refusal:
            errors = said(refusal)
    return dialog(request, "onboardings/create.html", _context(request, account, given), errors)


def _account(request: PageRequest, given: Mapping[str, str]) -> Account | None:
    number = given.get("account", "")
    rows = visible.accounts(request.user)
    if number.isdecimal() and len(number) < 19:
        return rows.filter(pk=int(number)).first()
    named = accounts.named(request.user, given.get("account_name", "")) if given.get("account_name") else []
    return rows.filter(pk=named[0]).first() if len(named) == 1 else None


def _made(request: PageRequest, account: Account | None, given: Mapping[str, str]) -> Onboarding:
    """Raises Refused."""
    if account is None:
        raise Refused("Choose an account from the list.", "invalid", "account_name")
    return actions.create(account, form.fields(given, account, form.owners_of(account)), **moment(request))


def _context(request: PageRequest, account: Account | None, given: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the edition of today asks for, filled in as far as something is known."""
    edition = handbook.pack().onboarding.edition(request.today)
    asked = [name for name in (edition.by_hand if edition else ()) if name in form.FIELDS]
    if account is None:
        return {"asked": [], "given": given}
    owners = form.owners_of(account)
    fields = form.shown(asked, {}, account, owners, {})
    typed = {**_usual(request, account, [one.pk for one in owners]), **{name: given[name] for name in asked if name in given}}
    held = onboardings.open_of(account.pk).first()
    return {"asked": [(one, typed.get(one.name, "")) for one in fields], "given": given, "account": account, "held": held}


def _usual(request: PageRequest, account: Account, owners: list[int]) -> dict[str, str]:
    """What is most likely: the account's name and the year, its TAM, today."""
    tam = account.summary.tam_id if hasattr(account, "summary") else None
    owner = tam if tam in owners else request.user.pk if request.user.pk in owners else None
    return {
        "name": f"{account.name} {request.today.year}", "owner": str(owner or ""), "start_date": request.today.isoformat(),
        "purchase_date": account.customer_since.isoformat() if account.customer_since else "",
    }  # fmt: skip
