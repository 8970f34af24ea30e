"""The cells of the accounts list as HTML. Fifty rows of a dozen columns are six hundred cells: too many for template tags to be quick."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from tenure.models import AccountSummary
from tenure.queries.lists import Column
from tenure.views import tags


class Cells:
    """Writes the cells of a row for the shown columns."""

    def __init__(self, columns: Sequence[Column], today: date, query: str, may_assign: bool) -> None:
        self.columns, self.today, self.query, self.may_assign = columns, today, query, may_assign

    def row(self, row: AccountSummary) -> SafeString:
        """All cells of one row."""
        return format_html_join("", "{}", ((SPECIAL.get(column.key, PLAIN[column.kind])(self, row, column),) for column in self.columns))

    def word(self, row: AccountSummary, column: Column) -> SafeString:
        """A word, as people read it."""
        value = getattr(row, column.field)
        return format_html('<td class="sec">{}</td>', dict(column.choices).get(str(value), value) if value else tags.BLANK)

    def amount(self, row: AccountSummary, column: Column) -> SafeString:
        """Money."""
        place = format_html(' data-c="{}"', column.place) if column.place else ""
        return format_html('<td class="num med"{}>{}</td>', place, tags.money(getattr(row, column.field)))

    def number(self, row: AccountSummary, column: Column) -> SafeString:
        """A count."""
        return format_html('<td class="num sec">{}</td>', tags.count(getattr(row, column.field)))

    def day(self, row: AccountSummary, column: Column) -> SafeString:
        """A date."""
        return format_html('<td class="sec">{}</td>', tags.day(getattr(row, column.field), self.today))

    def yes(self, row: AccountSummary, column: Column) -> SafeString:
        """A yes or nothing."""
        return format_html('<td class="sec">{}</td>', "Yes" if getattr(row, column.field) else tags.BLANK)

    def name(self, row: AccountSummary, column: Column) -> SafeString:
        """The account, linked."""
        pencil = format_html('<span title="Somebody set an outcome by hand">{}<span class="sr">, set by a person</span></span>', tags.icon("pencil", "i-s mut"))
        return format_html(
            '<td data-c="a"><a class="row-x" href="{}" data-open>{}<span class="med cut">{}</span>{}</a></td>',
            reverse("account:show", args=(row.pk,)), tags.monogram(row.name, row.pk), row.name, pencil if row.overridden else "",
        )  # fmt: skip

    def gem(self, row: AccountSummary, column: Column) -> SafeString:
        """The stone and its word."""
        return format_html('<td data-c="c">{}</td>', tags.gem(row.gemstone))

    def renewal(self, row: AccountSummary, column: Column) -> SafeString:
        """Days and date."""
        if row.renewal_date is None:
            return format_html('<td data-c="d">{}</td>', tags.BLANK)
        days = (row.renewal_date - self.today).days
        return format_html('<td data-c="d"><span class="dd tnum med">{} d</span> <span class="mut sm">{}</span></td>', days, tags.day(row.renewal_date, self.today))

    def owner(self, row: AccountSummary, column: Column) -> SafeString:
        """The owner's name."""
        return format_html('<td class="sec">{}</td>', row.owner_name or tags.BLANK)

    def tam(self, row: AccountSummary, column: Column) -> SafeString:
        """The TAM, or how to get one."""
        if row.tam_id is not None:
            return format_html('<td><span class="row-x">{}<span class="sec">{}</span></span></td>', tags.monogram(row.tam_name, row.tam_id, True), row.tam_name)
        if row.needs_tam_since is None:
            return format_html('<td><span class="mut">{}</span></td>', "Not covered")
        if not self.may_assign:
            return format_html('<td><span class="lab lab-y">{}</span></td>', "Needs a TAM")
        return format_html(
            '<td><button class="row-x list-assign" type="button" hx-get="{}?{}" hx-target="#dialog" aria-label="Assign a TAM to {}">'
            '<span class="mg mg-p mg-none" aria-hidden="true">+</span><span class="link">Assign</span></button></td>',
            reverse("accounts:bulk"), urlencode({"id": row.pk, "query": self.query}), row.name,
        )  # fmt: skip


Maker = Callable[[Cells, AccountSummary, Column], SafeString]
PLAIN: dict[Any, Maker] = {
    "text": Cells.word, "enum": Cells.word, "money": Cells.amount, "int": Cells.number, "date": Cells.day, "person": Cells.word, "bool": Cells.yes,
}  # fmt: skip
SPECIAL: dict[str, Maker] = {"name": Cells.name, "gemstone": Cells.gem, "renewal": Cells.renewal, "tam": Cells.tam, "owner": Cells.owner}
