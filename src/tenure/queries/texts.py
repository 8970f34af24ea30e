"""The handbook's texts to begin an entry or a mail with, filled with what is known of an account; which text a step or a CTA asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.models import Account, CallToAction, Contact, Task, User
from tenure.rules import releases
from tenure.rules.packs import Pack

FIELD = re.compile(r"\{([a-z_]+)\}")
CONTACT = "contact"  # filled on the page with whom one ticks
ANSWERS = ("to_version", "version", "from_version")  # what steps call the customer's version, the newest word for it first

LATEST = "latest"  # and the latest release


@dataclass(frozen=True)
class Known:
    """Field -> word, for one account and one writer; what is missing stays a blank to fill in."""

    words: Mapping[str, str]

    def fill(self, text: str, *, keep: tuple[str, ...] = ()) -> str:
        """A text with its fields filled; unknown ones as ``[feature]``, those to ``keep`` as they are."""

        def put(found: re.Match[str]) -> str:
            name = found[1]
            return found[0] if name in keep else self.words.get(name) or blank(name)

        return FIELD.sub(put, text).strip()


def blank(name: str) -> str:
    """A field that nobody has filled, as a text shows it."""
    return f"[{name.replace('_', ' ')}]"


def blanks(pack: Pack) -> list[str]:
    """Every blank that a text of the handbook can have."""
    texts = [f"{one.subject} {one.text}" for one in pack.timeline.templates.values()]
    return sorted({blank(name) for text in texts for name in FIELD.findall(text)})


def left(text: str, pack: Pack) -> list[str]:
    """The blanks of a text that are still to be filled in, in the text's order."""
    known = set(blanks(pack))
    return list(dict.fromkeys(found for found in re.findall(r"\[[a-z ]+\]", text) if found in known))


def known(account: Account, user: User, today: date, pack: Pack, contact: Contact | None) -> Known:
    """What is known for the texts of an account on a day. Two queries."""
    letters, newest = pack.catalogues.letters, releases.latest(pack.catalogues.releases, today)
    version = version_of(account, pack)
    count = releases.behind(pack.catalogues.releases, version, today)
    words = {
        "account": account.name, "sender": user.name, CONTACT: addressed(contact) if contact else "", "version": version,
        "account_executive": account.summary.owner_name, "releases_behind": releases.gap(count) if count is not None else "",
    }  # fmt: skip
    if letters is not None:
        words |= {"support_url": letters.support_url, "form_url": letters.form_url}
    if letters is not None and newest is not None:
        words |= {
            "release": f"{letters.product} {newest.version}",
            "release_date": spelled(newest.day),
            "release_url": newest.url,
        }
    return Known(words)


def spelled(day: date) -> str:
    """A day as a letter has it: ``22 October 2023``."""
    return f"{day.day} {day:%B %Y}"


def addressed(contact: Contact) -> str:
    """How a letter addresses somebody."""
    return " ".join(filter(None, (contact.salutation, contact.name)))


def primary(contacts: list[Contact]) -> Contact | None:
    """Whom one writes to unless one says otherwise: the champion, else who decides, else the first by name. They are the account's own."""
    return max(contacts, key=lambda one: (one.is_champion, one.is_decision_maker, -contacts.index(one)), default=None)


def version_of(account: Account, pack: Pack) -> str:
    """The version that a customer uses, as an import of the account or of a running subscription tells it, else the last step that asked
    for it; blank for unknown."""
    names = pack.catalogues.letters.version_fields if pack.catalogues.letters else ()
    customs = [account.custom, *account.subscriptions.order_by("-start_date", "-pk").values_list("custom", flat=True)]
    told = [str(custom[name]) for custom in customs for name in names if custom.get(name)]
    return told[0] if told else _answered(account)


def _answered(account: Account) -> str:
    """What the last step that was done says of the version."""
    rows = Task.objects.filter(cta__account=account, status="done").exclude(fields={}).order_by("-done_at", "-pk")
    for fields in rows.values_list("fields", flat=True)[:50]:
        for name in ANSWERS:
            if fields.get(name):
                return str(fields[name])
    return ""


def gap(version: str, today: date, pack: Pack) -> str:
    """How a version stands on a day: ``3 releases behind GitLab 16.5 of 22 October 2023``; blank where it can't be said."""
    name, count = _latest(today, pack), releases.behind(pack.catalogues.releases, version, today)
    if not name or count is None:
        return ""
    return f"{releases.gap(count)} {name}" if count else f"up to date with {name}"


def expected(key: str, today: date, pack: Pack) -> str:
    """What a step that asks for the latest release is answered with unless somebody says otherwise; blank for other questions."""
    found, letters = releases.latest(pack.catalogues.releases, today), pack.catalogues.letters
    return f"{letters.product} {found.version}" if key == LATEST and found and letters else ""


def newest(today: date, pack: Pack) -> str:
    """The latest release of a day in words; blank where the handbook has none."""
    name = _latest(today, pack)
    return f"The latest release is {name}" if name else ""


def _latest(today: date, pack: Pack) -> str:
    found, letters = releases.latest(pack.catalogues.releases, today), pack.catalogues.letters
    return f"{letters.product} {found.version} of {spelled(found.day)}" if found and letters else ""


def of_steps(row: CallToAction) -> dict[str, str]:
    """Step -> template, as the playbook's wording in use has it. No query where the version is loaded."""
    if row.playbook_use is None:
        return {}
    steps: list[dict[str, Any]] = row.playbook_use.version.text.get("steps", [])
    return {step["key"]: step["template"] for step in steps if step.get("template")}


def of_cta(row: CallToAction, pack: Pack) -> str:
    """The template of a CTA: that named like its schedule, or that of the service which the schedule asks for; blank for none."""
    if row.rule in pack.timeline.templates:
        return row.rule
    return next(
        (one.templates[0] for one in pack.services.values() if row.rule and one.schedule == row.rule and one.templates), ""
    )
