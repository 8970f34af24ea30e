"""Cells: the unary tests of a decision table, read from text once and typed by the fact they ask about.

Numbers are exact: money becomes integer minor units, never a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tenure.rules.errors import suggestion
from tenure.rules.facts import NUMBERS, WORDS, Fact

Op = Literal[">=", ">", "<", "<=", "=", "..", "in", "missing", "present"]
Operand = int | float | bool | str | date

_COMPARISON = re.compile(r"(>=|<=|>|<|=)\s*(\S.*)")
_RANGE = re.compile(r"(\S.*?)\s*\.\.\s*(\S.*)")
_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:[,_]\d{3})+)(?:\.\d+)?")
_BOOLS = {"true": True, "false": False}
_WORDS_FOR = {">=": "at least", ">": "over", "<": "under", "<=": "at most", "=": "equal to"}
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}


class CellError(ValueError):
    """A cell or a value that cannot be read for its fact. `code` is the linter's."""

    def __init__(self, message: str, code: str = "HB001") -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Test:
    """One test: `op` with its operands, typed (money in minor units). `text` is the cell in the pack's own notation,
    `ref` the dated value it came from, if any."""

    op: Op
    operands: tuple[Operand, ...]
    text: str
    ref: str = ""

    __test__ = False  # for pytest: not a test class


@dataclass(frozen=True)
class Ref:
    """A cell `@name`: the comparison of a dated value, known only once the day is."""

    name: str


@dataclass(frozen=True)
class Cell:
    """One check of a row: a fact and its test. `lenient`: missing counts as false, because the edition calls the fact
    optional, or another row of the table asks for `missing` and so says what a missing fact means."""

    fact: str
    test: Test
    lenient: bool = False


def parse(raw: Any, fact: Fact, digits: int) -> Test | Ref | None:
    """The test that a cell states about `fact`; None for "-" (any). `digits`: decimals of the currency.
    Raises CellError when it cannot be read."""
    if isinstance(raw, list):
        return _list(raw, fact, digits)
    if isinstance(raw, str):
        return _text(raw.strip(), fact, digits)
    if isinstance(raw, (bool, int, float, date)):
        return _equal(raw, fact, digits)
    raise CellError(f"a cell is text, a number, true/false or a list of words, not {raw!r}")


def operand(raw: Any, fact: Fact, digits: int) -> Operand:
    """One value typed for `fact`; money in major units becomes minor units. Raises CellError."""
    if fact.type in NUMBERS:
        return _number(raw, fact, digits)
    if fact.type in WORDS:
        return _word(raw, fact)
    if fact.type == "bool":
        found = raw if isinstance(raw, bool) else _BOOLS.get(str(raw).strip().casefold())
        if found is None:
            raise CellError(f"'{raw}' is neither true nor false ({fact.name} is a yes/no fact)")
        return found
    if fact.type == "date":
        return _day(raw, fact)
    return str(raw)


def decimal(raw: Any) -> Decimal | None:
    """An exact number from YAML or text (thousands may be grouped), or None."""
    if isinstance(raw, (bool, date)):
        return None
    text = str(raw).strip()
    if isinstance(raw, str) and not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def to_minor(number: Decimal, digits: int) -> int | None:
    """Minor units (1.50 -> 150), or None when that is not exact or does not fit 64 bits."""
    minor = number.scaleb(digits)
    whole = int(minor)
    return whole if whole == minor and abs(whole) < 2**63 else None


def human(test: Test, fact: Fact, digits: int) -> str:
    """The test in plain words and symbols: `> 1,000`, `at least Premium`, `Large or Strategic`, `is missing`."""
    shown = [show(value, fact, digits) for value in test.operands]
    if test.op in ("missing", "present"):
        return "is missing" if test.op == "missing" else "is present"
    if test.op == "..":
        return f"{shown[0]} to {shown[1]}"
    if test.op == "in":
        return " or ".join(shown)
    if fact.type in WORDS:
        return f"{_WORDS_FOR[test.op]} {shown[0]}"
    if fact.type == "bool":
        return shown[0]
    return f"{test.op} {shown[0]}"


def show(value: Any, fact: Fact, digits: int) -> str:
    """A fact's value for people: 2,100 · 92,000 · 1,234.50 · yes · Large · missing."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact.type == "money":
        return shown_number(major(int(value), digits))
    return shown_number(value) if isinstance(value, (int, float)) else str(value)


def major(minor: int, digits: int) -> int | Decimal:
    """Minor units as major units: an int when whole."""
    number = Decimal(minor).scaleb(-digits)
    return int(number) if number == int(number) else number


def shown_number(number: int | float | Decimal) -> str:
    """With thousands grouped: 1,234.50."""
    return f"{number:,}"


def _list(raw: list[Any], fact: Fact, digits: int) -> Test:
    if not raw:
        raise CellError("an empty list matches nothing: write '-' for any")
    operands = tuple(operand(item, fact, digits) for item in raw)
    return Test("in", operands, f"[{', '.join(str(item) for item in raw)}]")


def _text(text: str, fact: Fact, digits: int) -> Test | Ref | None:
    if text == "-":
        return None
    if text in ("missing", "present"):
        return Test("missing" if text == "missing" else "present", (), text)
    if text.startswith("@"):
        return Ref(text[1:].strip())
    if match := _COMPARISON.fullmatch(text):
        return _comparison(match[1], match[2], text, fact, digits)
    if fact.type not in (*WORDS, "text") and (match := _RANGE.fullmatch(text)):
        low, high = operand(match[1], fact, digits), operand(match[2], fact, digits)
        if fact.type == "bool" or low > high:  # type: ignore[operator]
            raise CellError(f"'{text}' is not a range from low to high")
        return Test("..", (low, high), text)
    return _equal(text, fact, digits)


def _comparison(op: str, right: str, text: str, fact: Fact, digits: int) -> Test:
    if op != "=" and fact.type in ("bool", "category", "text"):
        raise CellError(f"'{text}': {fact.name} has no order, so only a word or a list of words can stand here")
    return Test(op, (operand(right, fact, digits),), text)  # type: ignore[arg-type]


def _equal(raw: Any, fact: Fact, digits: int) -> Test:
    value = operand(raw, fact, digits)
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    if fact.type in WORDS or fact.type == "text":
        return Test("in", (value,), text)
    return Test("=", (value,), text if fact.type == "bool" else f"= {text}")


def _number(raw: Any, fact: Fact, digits: int) -> int | float:
    number = decimal(raw)
    if number is None:
        raise CellError(f"'{raw}' is not a number ({fact.name} is {fact.unit or 'a number'})")
    if fact.type == "float":
        return float(number)
    whole = to_minor(number, digits if fact.type == "money" else 0)
    if whole is None:
        kind = f"money with at most {digits} decimals" if fact.type == "money" else "a whole number"
        raise CellError(f"'{raw}' is not {kind} ({fact.name})")
    return whole


def _word(raw: Any, fact: Fact) -> str:
    word = fact.word(str(raw))
    if word is None:
        known = ", ".join(fact.words)
        raise CellError(f"'{raw}' is not a {fact.name}: {known}.{suggestion(str(raw), fact.words)}", "HB014")
    return word


def _day(raw: Any, fact: Fact) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        raise CellError(f"'{raw}' is not a date like 2020-01-31 ({fact.name})") from None
