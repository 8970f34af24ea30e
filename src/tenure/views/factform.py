"""The facts of an account as texts of a form, and back."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tenure.actions.refusals import Refused
from tenure.models import Account, User
from tenure.queries import account as accounts
from tenure.queries import handbook
from tenure.queries.money import digits
from tenure.views.drawers import day

# (field, label, kind, hint): the order of the drawer.
FIELDS = (
    ("name", "Name", "text", ""),
    ("kind", "Kind", "kind", ""),
    ("region", "Region", "region", ""),
    ("territory_id", "Territory", "territory", ""),
    ("country", "Country", "text", "A code like DE or US-CA decides the region where none is given"),
    ("industry", "Industry", "text", ""),
    ("website", "Website", "text", ""),
    ("employees", "Employees", "count", "Largest count in the account family"),
    ("potential_users", "Potential users", "count", ""),
    ("iacv_minor", "iACV", "money", ""),
    ("customer_since", "Customer since", "date", ""),
    ("given_segment", "Segment, if it is given", "segment", "Blank: the handbook decides"),
    ("growth_opportunity", "Growth opportunity", "flag", ""),
    ("is_public_sector", "Public sector", "flag", ""),
    ("partner_owned", "Partner-owned", "flag", ""),
    ("community", "Community licence", "flag", ""),
    ("support_hold", "Support on hold", "flag", ""),
    ("parent_id", "Parent account", "parent", "Its name, or its number in brackets"),
)
FLAGS = {"": None, "yes": True, "no": False}


def texts(account: Account) -> dict[str, str]:
    """The account's facts as the form's texts."""
    return {name: _text(account, name, kind) for name, _, kind, _ in FIELDS} | {"currency": account.currency}


def fields(given: Mapping[str, str], account: Account, user: User) -> dict[str, Any]:
    """The form's texts as the action's fields; what the form doesn't hold is left out. Raises Refused."""
    found = {
        name: _value(given[name].strip(), name, kind, account.currency)
        for name, _, kind, _ in FIELDS
        if name in given and kind != "parent"
    }
    if "parent_id" in given:
        found["parent_id"] = _parent(given["parent_id"].strip(), account, user)
    return found


def _parent(text: str, account: Account, user: User) -> int | None:
    """The parent that ``Name (12)`` or ``Name`` means, among the accounts that the user sees."""
    if not text or text == _text(account, "parent_id", "parent"):
        return account.parent_id if text else None
    found = accounts.named(user, text)
    if len(found) != 1:
        raise Refused(f"{'No account' if not found else 'More than one account'} is named '{text}'.", "invalid", "parent_id")
    return found[0]


def context(account: Account, given: Mapping[str, str], focus: str) -> dict[str, Any]:
    """What the drawer shows."""
    pack = handbook.pack()
    return {
        "fields": [{"name": n, "label": w, "kind": k, "hint": h, "value": given.get(n, "")} for n, w, k, h in FIELDS],
        "focus": {"iacv": "iacv_minor", "users": "potential_users"}.get(focus, focus),
        "regions": pack.fact("region").words,
        "segments": pack.fact("segment").words,
        "territories": [(str(place.pk), place.name) for place in accounts.places()],
        "kinds": ("customer", "prospect", "former"),
        "given": given,
    }


def _text(account: Account, name: str, kind: str) -> str:
    value = getattr(account, name)
    if kind == "parent":
        return f"{account.parent.name} ({account.parent.pk})" if account.parent else ""
    if value is None:
        return ""
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "money":
        return str(Decimal(value).scaleb(-digits(account.currency)))
    return value.isoformat() if kind == "date" else str(value)


def _value(text: str, name: str, kind: str, currency: str) -> Any:
    if kind in ("text", "kind", "region", "segment"):
        return text
    if kind == "flag":
        return answered(name, text)
    if not text:
        return None
    try:
        if kind == "date":
            return _date(text)
        number = Decimal(text.replace(",", "").replace("$", ""))
        whole = number.scaleb(digits(currency)) if kind == "money" else number
        if not whole.is_finite() or whole != int(whole):
            raise InvalidOperation
        return int(whole)
    except (InvalidOperation, ValueError) as error:
        raise Refused(f"'{text}' is not {'a day' if kind == 'date' else 'a number'}.", "invalid", name) from error


def answered(name: str, text: str) -> bool | None:
    """Yes, no, or nothing. Raises Refused: what is neither must not clear what is kept."""
    if text not in FLAGS:
        raise Refused(f"'{text[:40]}' is neither yes nor no. Choose one of them, or nothing.", "invalid", name)
    return FLAGS[text]


def _date(text: str) -> Any:
    found = day(text)
    if found is None:
        raise ValueError(text)
    return found
