"""A workbook's sheets as CSV files, written by a process of its own with bounded memory and time.

A workbook of a kilobyte can name cells so far apart that reading them takes all memory and ends the process: then it is this one, which
``workbooks`` starts for each workbook. Run as a program; knows nothing of the rest of Tenure.
"""

import csv
import json
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

MEMORY = 3 * 1024**3
SECONDS = 900
LOCKED, BROKEN = 3, 4  # exit status


def bound() -> None:
    """Memory and time that this process may take, where the system knows such limits."""
    with suppress(ImportError, ValueError, OSError):
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def text(cell: Any) -> str:
    """A cell as a CSV would have it: whole numbers without ``.0``, days and moments in ISO."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell.total_seconds()) if isinstance(cell, timedelta) else str(cell)


def unfold(book: Path, folder: Path) -> None:
    """Write ``0.csv``, ``1.csv`` ... (each row with its number first; blank rows left out) and ``titles.json``."""
    titles = []
    with book.open("rb") as opened:
        workbook = CalamineWorkbook.from_filelike(opened)
        for number, title in enumerate(workbook.sheet_names):
            with (folder / f"{number}.csv").open("w", encoding="utf-8", errors="replace", newline="") as out:
                writer, filled = csv.writer(out), False
                for row, cells in enumerate(workbook.get_sheet_by_name(title).iter_rows(), start=1):
                    told = [text(cell) for cell in cells]
                    if any(cell.strip() for cell in told):
                        filled = True
                        writer.writerow([row, *told])
            titles.append(title if filled else None)
    (folder / "titles.json").write_text(json.dumps(titles), encoding="utf-8", errors="replace")


def main() -> int:
    """Unfold the workbook named first into the folder named second."""
    bound()
    try:
        unfold(Path(sys.argv[1]), Path(sys.argv[2]))
    except PasswordError:
        return LOCKED
    except (CalamineError, ValueError, OSError):
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
