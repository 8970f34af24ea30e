"""Cells of text as typed values: by columns where they look usual, one by one where they don't. Nothing is guessed silently.

Every function returns the typed column and what could not be read, as (position, what is wrong, remedy).
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from tenure.actions.imports_specs import FOREVER_YEAR, MOMENT
from tenure.queries.money import digits

Errors = list[tuple[int, str, str]]
BLANK = ("", "null", "none", "nan", "n/a", "#n/a", "\\n", "-", "–")
TRUE = ("true", "1", "yes", "y", "t", "on", "x")
FALSE = ("false", "0", "no", "n", "f", "off")
EARLIEST, LATEST = 1900, 2200
SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW"}
_SPACES = re.compile("[\\s\u00a0\u2009\u202f'’_]")
_CODE = re.compile(r"^([A-Z]{3})\b|\b([A-Z]{3})$")
SLASHED = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T].*)?$")
WORDS = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")


NUMBER = "Give digits such as 1200, or leave the cell empty."
PLAIN = "Write it as plain digits such as 1200."
WHOLE = "Give a whole number such as 12, or leave the cell empty."
SMALLER = "Give a number of at most 18 digits, or leave the cell empty."
YES_OR_NO = "Give TRUE or FALSE, or leave the cell empty."
DAY = "Give a day such as 2024-01-31, or leave the cell empty. Days of another form need the column's format in the mapping."
TWO_WAYS = "Give the column's format in the mapping: %d/%m/%Y or %m/%d/%Y."
FORM = "Write it so, correct the format in the mapping, or leave the cell empty."
YEAR = f"Give a year from {EARLIEST} to {LATEST}, or leave the cell empty."
C = pl.col("c")


class Unread(ValueError):
    """A cell that can't be read: what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def each(cells: pl.Series, expression: pl.Expr) -> pl.Series:
    """An expression over the column ``c``, which is ``cells``."""
    return cells.to_frame("c").select(expression.alias("made"))["made"].alias(cells.name)


def blanked(cells: pl.Series) -> pl.Series:
    """Cells without blanks around; null where empty."""
    return each(cells.str.strip_chars(), pl.when(C.str.len_bytes() > 0).then(C))


def typed_blank(text: pl.Series) -> pl.Series:
    """Null too where a source writes that there is nothing."""
    return each(text, pl.when(~((C.str.len_bytes() <= 4) & C.str.to_lowercase().is_in(BLANK))).then(C))


def slowly(text: pl.Series, done: pl.Series, read: Callable[[str], Any], dtype: pl.DataType) -> tuple[pl.Series, Errors]:
    """Fill what the quick way left open, cell by cell; each distinct text is read once. ``read`` raises Unread."""
    open_at = (done.is_null() & text.is_not_null()).arg_true().to_list()
    if not open_at:
        return done, []
    found: dict[str, Any] = {}
    failed: dict[str, Unread] = {}
    errors: Errors = []
    values: list[Any] = []
    for at in open_at:
        cell = text[at]
        if cell not in found and cell not in failed:
            try:
                found[cell] = read(cell)
            except Unread as error:
                failed[cell] = error
        values.append(found.get(cell))
        if cell in failed:
            errors.append((at, failed[cell].message, failed[cell].remedy))
    return done.scatter(open_at, pl.Series(values, dtype=dtype)), errors


# --- text, numbers, flags


def text(cells: pl.Series) -> tuple[pl.Series, Errors]:
    """Text; a NUL is refused (no database keeps it)."""
    found = blanked(cells)
    wrong = found.str.contains("\x00", literal=True)
    if not wrong.any():
        return found, []
    told = "The text holds a NUL character, which no database keeps."
    return found, [(at, told, "Remove it, or export the file again.") for at in wrong.arg_true().to_list()]


def whole(cells: pl.Series) -> tuple[pl.Series, Errors]:
    """Whole numbers, also with thousands separators or ``.0``."""
    found = typed_blank(blanked(cells))
    quick = each(found, pl.when(C.str.contains(r"^-?\d{1,18}$")).then(C).cast(pl.Int64, strict=False))
    return slowly(found, quick, _whole, pl.Int64())


def _whole(cell: str) -> int:
    value = number(cell)
    if value != value.to_integral_value():
        raise Unread(f"'{cell[:40]}' is not a whole number.", WHOLE)
    if abs(value) >= 2**62:
        raise Unread(f"'{cell[:40]}' is too large.", SMALLER)
    return int(value)


def flag(cells: pl.Series) -> tuple[pl.Series, Errors]:
    """TRUE/true/1/yes/y and their opposites."""
    found = typed_blank(blanked(cells))
    quick = each(found.str.to_lowercase(), pl.when(C.is_in(TRUE)).then(True).when(C.is_in(FALSE)).then(False))
    return slowly(found, quick, _flag, pl.Boolean())


def _flag(cell: str) -> bool:
    raise Unread(f"'{cell[:40]}' is neither yes nor no.", YES_OR_NO)


def number(cell: str) -> Decimal:
    """A number with any usual thousands separator and decimal sign. Raises Unread where it is none."""
    text = _SPACES.sub("", cell).replace("−", "-")
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()")
    if text.endswith("-"):
        text = "-" + text[:-1]
    plain = _plain(text, cell)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise Unread(f"'{cell[:40]}' is not a number.", NUMBER) from None
    if not value.is_finite() or not re.fullmatch(r"[+-]?\d*\.?\d*", plain):
        raise Unread(f"'{cell[:40]}' is not a number.", PLAIN if value.is_finite() else NUMBER)
    return -value if negative else value


def _plain(text: str, cell: str) -> str:
    """With a dot as decimal sign and no thousands separators."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        decimal = "." if text.rfind(".") > text.rfind(",") else ","
        thousands = "," if decimal == "." else "."
        if text.count(decimal) > 1 or not re.fullmatch(rf"[+-]?\d{{1,3}}(\{thousands}\d{{3}})+\{decimal}\d*", text):
            raise Unread(f"'{cell[:40]}' is not a number.", PLAIN)
        return text.replace(thousands, "").replace(decimal, ".")
    if commas:
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text):
            return text.replace(",", "")
        return text.replace(",", ".") if commas == 1 else text
    if dots > 1 and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", text):
        return text.replace(".", "")
    return text


# --- money


def money(cells: pl.Series, currencies: pl.Series, times: int = 1) -> tuple[pl.Series, Errors]:
    """Amounts as minor units of each row's currency. More decimals than the currency has are an error, never cut."""
    found = typed_blank(blanked(cells))
    frame = pl.DataFrame({"c": found, "u": currencies})
    two = [code for code in frame["u"].drop_nulls().unique().to_list() if digits(code) == 2]
    usual = pl.when(C.str.contains(r"^-?\d{1,14}(\.\d{1,2})?$") & pl.col("u").is_in(two)).then(C)
    sign = pl.when(usual.str.starts_with("-")).then(-1).otherwise(1)
    whole = usual.str.strip_prefix("-").str.extract(r"^(\d+)").cast(pl.Int64) * 100
    cents = usual.str.extract(r"\.(\d{1,2})$").fill_null("0").str.pad_end(2, "0").cast(pl.Int64)
    quick = frame.select((sign * (whole + cents) * times).alias("made"))["made"].alias(cells.name)
    keyed = frame.select(pl.concat_str("u", pl.lit("|"), "c").alias("made"))["made"].alias(cells.name)
    return slowly(keyed, quick, lambda cell: _money(cell, times), pl.Int64())


def _money(keyed: str, times: int) -> int:
    currency, _, cell = keyed.partition("|")
    text = cell.strip()
    said = next((SIGNS[sign] for sign in SIGNS if sign in text), "")
    code = _CODE.search(text.upper())
    if code and any(letter.isdigit() for letter in text):
        said = code.group(1) or code.group(2)
        text = _CODE.sub("", text.upper())
    if said and said != currency:
        told = f"'{cell[:40]}' is in {said}, the row is in {currency}."
        raise Unread(told, "Map the column that holds the currency, or give the amount in the row's currency.")
    for sign in (*SIGNS, "$"):
        text = text.replace(sign, "")
    value = number(text) * times
    places = digits(currency)
    minor = value.scaleb(places)
    if minor != minor.to_integral_value():
        told = f"'{cell[:40]}' has more decimals than {currency} has ({places})."
        raise Unread(told, "Round it in the source, or write thousands without a dot.")
    if abs(minor) >= 2**62:
        raise Unread(f"'{cell[:40]}' is too large.", SMALLER)
    return int(minor)


# --- days and moments


def slash_order(cells: pl.Series) -> str:
    """Whether 1/2/2024 means the first of February ("day") or the second of January ("month"): "" where no cell tells."""
    first = second = False
    for cell in cells.drop_nulls().unique().to_list()[:5000]:
        match = SLASHED.match(cell.strip())
        if match:
            first, second = first or int(match[1]) > 12, second or int(match[2]) > 12
    return "" if first == second else "day" if first else "month"


def day(cells: pl.Series, form: str = "", order: str = "", open_end: bool = False) -> tuple[pl.Series, Errors]:
    """Days, with or without a time after them. ``open_end``: 9999-12-31 means that there is no end."""
    found = typed_blank(blanked(cells))
    if form:
        quick = found.str.to_date(form, strict=False)
        return _sane(found, *slowly(found, quick, lambda cell: _by_form(cell, form).date(), pl.Date()), open_end)
    iso = pl.when(C.str.contains(r"^\d{4}-\d{2}-\d{2}($|[T ])")).then(C.str.slice(0, 10))
    quick = each(found, iso.str.to_date("%Y-%m-%d", strict=False))
    return _sane(found, *slowly(found, quick, lambda cell: _day(cell, order), pl.Date()), open_end)


def _by_form(cell: str, form: str) -> datetime:
    try:
        return datetime.strptime(cell, form)  # noqa: DTZ007 - the day is what counts
    except ValueError:
        raise Unread(f"'{cell[:40]}' is not a date written as {form}.", FORM) from None


def _day(cell: str, order: str) -> date:
    match = SLASHED.match(cell)
    if match:
        one, two, year = int(match[1]), int(match[2]), int(match[3])
        order = "day" if "." in cell[:6] else order  # with dots the day comes first
        if not order and one != two and one <= 12 and two <= 12:
            raise Unread(f"'{cell[:40]}' can be read in two ways.", TWO_WAYS)
        day, month = (two, one) if order == "month" or (not order and two > 12) else (one, two)
        try:
            return date(year, month, day)
        except ValueError:
            raise Unread(f"'{cell[:40]}' is not a date.", DAY) from None
    for form in WORDS:
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - the day is what counts
        except ValueError:
            continue
    raise Unread(f"'{cell[:40]}' is not a date.", DAY)


def _sane(text: pl.Series, days: pl.Series, errors: Errors, open_end: bool) -> tuple[pl.Series, Errors]:
    """Years between 1900 and 2200; the year 9999 is an open end."""
    years = days.dt.year()
    forever = years == FOREVER_YEAR
    if open_end and forever.any():
        days = each(days, pl.when(C.dt.year() != FOREVER_YEAR).then(C))
        years = days.dt.year()
    odd = ((years < EARLIEST) | (years > LATEST)).fill_null(False).arg_true().to_list()
    return days, errors + [(at, f"The year of '{text[at][:40]}' can't be right.", YEAR) for at in odd]


def moment(cells: pl.Series, form: str = "", order: str = "", open_end: bool = False) -> tuple[pl.Series, Errors]:
    """Moments in UTC; without a zone they are taken as UTC, a day alone as its midnight."""
    found = typed_blank(blanked(cells))
    if form:
        values, errors = slowly(
            found, pl.Series(cells.name, [None] * len(found), dtype=MOMENT), lambda cell: _aware(_by_form(cell, form)), MOMENT
        )
        return _sane_moment(found, values, errors, open_end)
    plain = pl.when(C.str.contains(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z?$")).then(
        C.str.replace("T", " ").str.strip_suffix("Z")
    )
    days = pl.when(C.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(C + pl.lit(" 00:00:00"))
    read = (
        pl.coalesce(plain, days).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).dt.replace_time_zone("UTC")
    )
    quick = each(found, read)
    values, errors = slowly(found, quick, lambda cell: _moment(cell, order), MOMENT)
    return _sane_moment(found, values, errors, open_end)


def _moment(cell: str, order: str) -> datetime:
    try:
        return _aware(datetime.fromisoformat(re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", cell)))
    except (ValueError, OverflowError):
        found = _day(cell, order)
        return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _aware(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _sane_moment(text: pl.Series, values: pl.Series, errors: Errors, open_end: bool) -> tuple[pl.Series, Errors]:
    days, more = _sane(text, values.dt.date(), [], open_end)
    kept = (
        pl.DataFrame({"v": values, "d": days})
        .select(pl.when(pl.col("d").is_not_null()).then(pl.col("v")))["v"]
        .alias(values.name)
    )
    return kept, errors + more
