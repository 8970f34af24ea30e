"""Plain rows -> a typed fact frame, and the cells that had to be refused.

Money is read exactly (never through a float), a blank is missing, an unknown word is an error and not missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from tenure.rules.cells import major, to_minor
from tenure.rules.engine import ACCOUNT, ROW
from tenure.rules.errors import suggestion
from tenure.rules.facts import NUMBERS, Fact
from tenure.rules.packs import Pack
from tenure.rules.tables import dtype

_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "$", "AUD": "$"}
_BOOLS = {"true": True, "yes": True, "y": True, "t": True, "1": True,
          "false": False, "no": False, "n": False, "f": False, "0": False}  # fmt: skip


@dataclass(frozen=True)
class RowError:
    """A cell that cannot be read. `row` counts from 1; `column` is the fact; `code` is `unknown_category`,
    `wrong_type` or `out_of_range`; `message` says what was found and what is expected."""

    row: int
    column: str
    message: str
    code: str = "wrong_type"


class _Refused(ValueError):
    def __init__(self, message: str, code: str = "wrong_type") -> None:
        self.code = code
        super().__init__(message)


def frame(rows: Sequence[Mapping[str, Any]], pack: Pack) -> tuple[pl.DataFrame, list[RowError]]:
    """A fact frame of plain rows (fact name -> text, number, Decimal, bool, date or None), and what was refused.

    The frame has `row` (counted from 1), `account` if any row has it, and one column per fact that some row names,
    typed as the catalogue says; rows with an error in any fact are left out of it. Money is in major units in `rows`
    (at most the currency's decimals) and in minor units in the frame. Names outside the catalogue are ignored."""
    everything, errors = typed(rows, pack)
    bad = {error.row for error in errors}
    return (everything.filter(~pl.col(ROW).is_in(list(bad))) if bad else everything), errors


def typed(rows: Sequence[Mapping[str, Any]], pack: Pack) -> tuple[pl.DataFrame, list[RowError]]:
    """Like `frame`, but with every row: a refused cell is null in the frame, and its error says so."""
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name in pack.facts]
    errors: list[RowError] = []
    columns: list[pl.Series] = [pl.Series(ROW, range(1, len(rows) + 1), dtype=pl.UInt32)]
    for name in names:
        fact = pack.facts[name]
        values = _column((row.get(name) for row in rows), reader(fact, pack), name, errors)
        columns.append(pl.Series(name, values, dtype=dtype(fact)))
    errors.sort(key=lambda error: error.row)
    return pl.DataFrame(columns), errors


def _column(raw: Iterable[Any], read: Callable[[Any], Any], name: str, errors: list[RowError]) -> list[Any]:
    """Each distinct text is read once: columns repeat themselves."""
    seen: dict[str, Any] = {}
    values = []
    for number, item in enumerate(raw, start=1):
        if type(item) is str and item in seen:
            values.append(seen[item])
            continue
        try:
            value = read(item)
        except _Refused as refused:
            errors.append(RowError(number, name, str(refused), refused.code))
            values.append(None)
            continue
        if type(item) is str:
            seen[item] = value
        values.append(value)
    return values


def reader(fact: Fact, pack: Pack) -> Callable[[Any], Any]:
    """The function that reads one raw value of `fact`; it gives None for a blank and raises ValueError otherwise."""
    kinds: dict[str, Callable[[Any, Fact, Pack], Any]] = {
        "money": _money, "int": _int, "float": _float, "bool": _bool, "date": _date,
        "category": _word, "ordered": _word, "text": _plain,
    }  # fmt: skip
    read = kinds[fact.type]

    def cell(raw: Any) -> Any:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        value = read(raw, fact, pack)
        if fact.type in NUMBERS and fact.minimum is not None and value < fact.minimum:
            raise _Refused(f"'{raw}' is too small: {fact.label or fact.name} is at least {fact.minimum}", "out_of_range")
        return value

    return cell


def _decimal(raw: Any, expected: str) -> Decimal:
    text = str(raw).strip()
    if isinstance(raw, (bool, date)) or (isinstance(raw, str) and not _NUMBER.fullmatch(text)):
        raise _Refused(f"'{raw}' is not {expected}")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise _Refused(f"'{raw}' is not {expected}") from None
    if not number.is_finite():
        raise _Refused(f"'{raw}' is not {expected}")
    return number


def _money(raw: Any, fact: Fact, pack: Pack) -> int:
    currency = pack.handbook.currency
    expected = f"an amount of money like 1234.50 in {currency}, with at most {pack.digits} decimals"
    if isinstance(raw, str):
        raw = raw.strip().removeprefix(currency).removesuffix(currency).strip().removeprefix(_SYMBOLS.get(currency, currency))
    number = _decimal(raw, expected)
    _bounded(raw, number, pack.digits)
    minor = to_minor(number, pack.digits)
    if minor is None:
        raise _Refused(f"'{raw}' is not {expected}")
    return minor


def _bounded(raw: Any, number: Decimal, digits: int) -> None:
    """64 bits hold a number of minor units."""
    most = major(2**63 - 1, digits)
    if abs(number) > most:
        raise _Refused(f"'{raw}' is too large: at most {most:,} can be kept", "out_of_range")


def _int(raw: Any, fact: Fact, pack: Pack) -> int:
    number = _decimal(raw, "a whole number")
    _bounded(raw, number, 0)
    whole = to_minor(number, 0)
    if whole is None:
        raise _Refused(f"'{raw}' is not a whole number")
    return whole


def _float(raw: Any, fact: Fact, pack: Pack) -> float:
    return float(_decimal(raw, "a number"))


def _bool(raw: Any, fact: Fact, pack: Pack) -> bool:
    found = raw if isinstance(raw, bool) else _BOOLS.get(str(raw).strip().casefold())
    if found is None:
        raise _Refused(f"'{raw}' is neither yes nor no (true/false, yes/no, 1/0)")
    return found


def _date(raw: Any, fact: Fact, pack: Pack) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        raise _Refused(f"'{raw}' is not a date like 2020-01-31") from None


def _word(raw: Any, fact: Fact, pack: Pack) -> str:
    word = fact.word(str(raw))
    if word is None:
        known = ", ".join(fact.words)
        hint = suggestion(str(raw), fact.words)
        raise _Refused(f"'{raw}' is not a known {fact.label or fact.name}: {known}.{hint}", "unknown_category")
    return word


def _plain(raw: Any, fact: Fact, pack: Pack) -> str:
    return str(raw) if fact.name == ACCOUNT else str(raw).strip()
