"""What somebody wrote in a field of a profile -> its value in the shape of the field's type, or a sentence that says what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tenure.rules.profiles import ProfileField

TEXT, LONGTEXT = 300, 10_000  # characters
QUOTED = 60  # characters of a value that a sentence repeats
MOST = Decimal(10) ** 15
DECIMALS = 4
EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
PARTS = ("title", "role", "email", "phone", "salutation")  # of a contact, besides the name
ADDRESS = re.compile(r"[^\s@;]+@[^\s@;]+\.[^\s@;]+")
YES, NO = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})


class Unreadable(ValueError):
    """``field`` is the key, ``sentence`` says what is wrong and what to write instead."""

    def __init__(self, field: ProfileField, remedy: str) -> None:
        self.field = field.key
        self.sentence = f"{field.title}: {remedy}"
        super().__init__(self.sentence)


def read(field: ProfileField, raw: Any, currency: str = "USD", digits: int = 2) -> Any:
    """The value, as JSON: text and longtext as text; number as int or float; money as {minor, currency}; date as ISO text; choice as key,
    choices as keys in the order of the field; contact as {name, title, role, email, phone, salutation, id} without the blank ones; bool.
    ``raw`` is a text, or already such a value. Raises Unreadable."""
    text = raw.strip().replace("\r\n", "\n") if isinstance(raw, str) else raw
    if text is None or text in ("", [], {}):
        raise Unreadable(field, "there is nothing in it. Give a value, or take the old one back.")
    if _is_no_text(text):
        raise Unreadable(field, "it contains a character that is no text. Write it without.")
    if field.type == "money":
        return _money(field, text, currency, digits)
    return _READERS[field.type](field, text)


def read_many(
    fields: Mapping[str, ProfileField], raws: Mapping[str, Any], currency: str = "USD", digits: int = 2
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values and the sentences of those that can't be read, both by key; blank ones are left out."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for key, raw in raws.items():
        if raw is None or raw == [] or (isinstance(raw, str) and not raw.strip()):
            continue
        if key not in fields:
            wrong[key] = f"There is no field '{key}'."
            continue
        try:
            values[key] = read(fields[key], raw, currency, digits)
        except Unreadable as error:
            wrong[key] = error.sentence
    return values, wrong


def said(field: ProfileField, value: Any, digits: int = 2) -> str:
    """A value in words that ``read`` reads again; blank for None."""
    if value is None:
        return ""
    titles = dict(field.choices)
    match field.type:
        case "money":
            return f"{Decimal(value['minor']).scaleb(-digits):f} {value['currency']}"
        case "choice":
            return titles.get(value, str(value))
        case "choices":
            return "; ".join(titles.get(key, key) for key in value)
        case "bool":
            return "Yes" if value else "No"
        case "contact":
            return "; ".join([value["name"], *(f"{part}: {value[part]}" for part in PARTS if part in value)])
        case "number":
            return f"{Decimal(str(value)):f}"
    return str(value)


# --- by type


def _text(field: ProfileField, raw: Any) -> str:
    most = TEXT if field.type == "text" else LONGTEXT
    if not isinstance(raw, str):
        raise Unreadable(field, "write it as a text.")
    if field.type == "text" and "\n" in raw:
        raise Unreadable(field, "it is one line. Write it without line breaks.")
    if len(raw) > most:
        raise Unreadable(field, f"it has {len(raw):,} characters, at most {most:,} fit. Shorten it.")
    return raw


def _is_no_text(raw: Any) -> bool:
    """Whether it, or a part of it, holds the character that databases don't keep."""
    parts = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list | tuple) else (raw,)
    return any("\x00" in str(part) for part in parts)


def _quoted(raw: Any) -> str:
    """What was given, as a sentence repeats it: the beginning of what is long."""
    text = str(raw)
    return f"'{text}'" if len(text) <= QUOTED else f"'{text[:QUOTED]}…'"


def _decimal(field: ProfileField, raw: Any, remedy: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unreadable(field, remedy)
    try:
        found = Decimal(str(raw))
    except InvalidOperation:
        raise Unreadable(field, f"{_quoted(raw)} is no number. {remedy}") from None
    if not found.is_finite() or abs(found) > MOST:
        raise Unreadable(field, f"{_quoted(raw)} is out of range. {remedy}")
    return found


def _number(field: ProfileField, raw: Any) -> int | float:
    remedy = "Write digits only, like 1200 or 12.5."
    found = _decimal(field, raw, remedy)
    if found < 0:
        raise Unreadable(field, f"{raw} is below zero. {remedy}")
    if found != round(found, DECIMALS):
        raise Unreadable(field, f"{raw} has more than {DECIMALS} decimals. Round it.")
    return int(found) if found == int(found) else float(found)


def _money(field: ProfileField, raw: Any, currency: str, digits: int) -> dict[str, Any]:
    remedy = f"Write an amount like 1200 or 1200.50 {currency}."
    if isinstance(raw, dict):
        minor = raw.get("minor")
        if set(raw) != {"minor", "currency"} or not isinstance(minor, int) or isinstance(minor, bool):
            raise Unreadable(field, remedy)
        amount, given = Decimal(minor).scaleb(-digits), raw["currency"]
    else:
        number, _, given = str(raw).partition(" ")
        amount = _decimal(field, raw if isinstance(raw, bool) else number, remedy)
    if (given or currency) != currency:
        raise Unreadable(field, f"it is kept in {currency}, not in {given}. {remedy}")
    minor_units = amount.scaleb(digits)
    if amount < 0 or abs(minor_units) > MOST:
        raise Unreadable(field, f"{_quoted(raw)} is out of range. {remedy}")
    if minor_units != int(minor_units):
        raise Unreadable(field, f"{currency} has {digits} decimals. {remedy}")
    return {"minor": int(minor_units), "currency": currency}


def _date(field: ProfileField, raw: Any) -> str:
    try:
        found = raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError:
        raise Unreadable(field, f"{_quoted(raw)} is no day. Write it as year-month-day, like 2026-03-31.") from None
    if not EARLIEST <= found <= LATEST:
        raise Unreadable(field, f"{found} is out of range. Give a day from {EARLIEST} to {LATEST}.")
    return found.isoformat()


def _choice(field: ProfileField, raw: Any) -> str:
    wanted = str(raw).strip().casefold()
    for key, title in field.choices:
        if wanted in (key.casefold(), title.casefold()):
            return key
    raise Unreadable(field, f"{_quoted(raw)} is not a choice. Choose from: {'; '.join(title for _, title in field.choices)}.")


def _choices(field: ProfileField, raw: Any) -> list[str]:
    parts = re.split(r"[;\n]", raw) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        raise Unreadable(field, "put a semicolon between choices.")
    found = {_choice(field, part) for part in parts if str(part).strip()}
    if not found:
        raise Unreadable(field, "there is nothing in it. Give a value, or take the old one back.")
    return [key for key, _ in field.choices if key in found]


def _contact(field: ProfileField, raw: Any) -> dict[str, Any]:
    remedy = "Write a name and, after semicolons, what you know: Ann Lee; title: CTO; email: ann@example.com; phone: +1 555 0100."
    given = _contact_parts(field, raw, remedy) if isinstance(raw, str) else raw
    if not isinstance(given, dict) or set(given) - {"name", "id", *PARTS}:
        raise Unreadable(field, remedy)
    found: dict[str, Any] = {part: str(given[part] or "").strip() for part in ("name", *PARTS) if part in given}
    found = {part: text for part, text in found.items() if text}
    if not found.get("name"):
        raise Unreadable(field, f"the name is missing. {remedy}")
    if any(len(text) > TEXT or ";" in text or "\n" in text for text in found.values()):
        raise Unreadable(field, f"each part is one line of at most {TEXT} characters without a semicolon. {remedy}")
    if "email" in found and not ADDRESS.fullmatch(found["email"]):
        raise Unreadable(field, f"{_quoted(found['email'])} is no mail address. {remedy}")
    contact = given.get("id")
    if contact is not None and (not isinstance(contact, int) or isinstance(contact, bool)):
        raise Unreadable(field, remedy)
    return found if contact is None else {**found, "id": contact}


def _contact_parts(field: ProfileField, text: str, remedy: str) -> dict[str, str]:
    name, *rest = (part.strip() for part in text.split(";"))
    found = {"name": name}
    for part in filter(None, rest):
        label, colon, said_of_it = part.partition(":")
        label = label.strip().casefold()
        if not colon or label not in PARTS or label in found:
            raise Unreadable(field, f"{_quoted(part)} can't be read. {remedy}")
        found[label] = said_of_it
    return found


def _bool(field: ProfileField, raw: Any) -> bool:
    wanted = str(raw).casefold()
    if wanted not in YES | NO:
        raise Unreadable(field, f"{_quoted(raw)} is neither. Write yes or no.")
    return wanted in YES


_READERS: dict[str, Callable[[ProfileField, Any], Any]] = {
    "text": _text, "longtext": _text, "number": _number, "date": _date, "choice": _choice, "choices": _choices, "contact": _contact,
    "bool": _bool,
}  # fmt: skip
