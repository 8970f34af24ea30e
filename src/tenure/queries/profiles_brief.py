"""The brief of a customer: one page of who they are, what they have, what is known and what is to do."""

import re
from collections.abc import Iterator
from typing import Any

from tenure.models import Account, User
from tenure.queries import ctas, profiles_page, sections
from tenure.queries.profiles_page import Book
from tenure.queries.sections import Day
from tenure.rules.packs import Pack

WORK = 6  # CTAs
MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")


def of(user: User, account: Account, day: Day, pack: Pack) -> dict[str, Any]:
    """``p``: the page of the account, ``books``: its profiles, ``work``: what is to do next."""
    page = sections.frame(user, account, "summary", day, pack)
    found = sections.profiles_of(page)
    books = [book for key in pack.profiles.shapes if (book := profiles_page.book(found, key))]
    work = ctas.upcoming(user, account, day.today, WORK) if page.rights.ctas and day.is_today else []
    return {"p": page, "account": page.account, "found": found, "books": books, "work": work}


def markdown(brief: dict[str, Any]) -> str:
    """The same as Markdown."""
    return "\n".join(_lines(brief)).replace("\n\n\n", "\n\n") + "\n"


def _lines(brief: dict[str, Any]) -> Iterator[str]:
    page, found = brief["p"], brief["found"]
    yield f"# {plain(page.account.name)}"
    yield ""
    head = [one.words for one in page.head if one.outcome]
    yield f"Brief of {page.day.as_of}. {', '.join(head)}{'. ' if head else ''}{found.complete.percent} % of the profiles known."
    yield ""
    yield "## Subscription"
    yield ""
    yield from _subscription(page)
    yield ""
    yield "## Team"
    yield ""
    yield from (f"- {one.title}: {plain(one.row.user.name)}" for one in page.team.current)
    for book in brief["books"]:
        yield ""
        yield f"## {book.shape.title}"
        yield from _book(book)
    if asked := found.questions():
        yield from ("", "## Ask next", "")
        yield from (f"- {one.question.field.question}" for one in asked)
    if brief["work"]:
        yield from ("", "## Open work", "")
        yield from (f"- {plain(row.title)}{f', due {row.due_date}' if row.due_date else ''}" for row in brief["work"])


def _subscription(page: sections.Page) -> Iterator[str]:
    if page.arr_minor is not None:
        yield f"- ARR: {page.arr_minor / 10**page.pack.digits:,.0f} {page.currency}"
    for line in page.book.active:
        seats = f", {line.row.seats:,} seats" if line.row.seats else ""
        yield f"- {plain(line.row.product)}{seats}{f', until {line.ends}' if line.ends else ''}"


def _book(book: Book) -> Iterator[str]:
    for part in book.parts:
        known = [line for line in part.lines if line.row]
        if known:
            yield from ("", f"### {part.title}", "")
        for line in known:
            words = plain(line.prose).replace("\n", "  \n  ")
            yield f"- **{line.field.title}**: {words} _({line.source}, {line.row.learnt_on}{', stale' if line.is_stale else ''})_"  # type: ignore[union-attr]
    if not book.complete.known:
        yield from ("", "Nothing is known yet.")


def plain(text: str) -> str:
    """A text of somebody's without what Markdown would make of it."""
    return MARKS.sub(r"\\\1", text)
