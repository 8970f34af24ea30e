"""From paths to tables: files, folders, archives; with limits on size, number and what an archive may unfold to."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from tenure.links.files import csvs, jsons, workbooks
from tenure.links.files.tables import Table, Unreadable, human

READ = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".json", ".zip")
ARCHIVE_FILES = 2_000
ARCHIVE_RATIO = 200  # unpacked bytes for one packed; text packs 3 to 20 times
WORKBOOK_UNPACKED = 2_000 * 1024 * 1024
TOO_LARGE = "{} is {}; the limit is {}. Split it, or raise TENURE_MAX_UPLOAD_MB."
BOMB = "{} unfolds to {}, far more than its own size. It was not opened. Unpack it yourself and import the files in it."


@dataclass
class Opened:
    """The tables of what was given, and what could not be read: (name, sentence)."""

    tables: list[Table] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def tables(paths: Iterable[Path], limit: int, names: dict[Path, str] | None = None) -> Opened:
    """Every table of these files and folders. ``limit`` is in bytes for each file; ``names`` are shown instead of paths.

    What can't be read is told and does not stop the others.
    """
    opened = Opened()
    for path in paths:
        name = (names or {}).get(path, path.name)
        try:
            if path.is_dir():
                _folder(path, limit, opened)
            elif path.is_file():
                opened.tables += _file(path, name, limit)
            else:
                raise Unreadable(f"There is no file {path}.")
        except Unreadable as error:
            opened.unreadable.append((name, error.sentence))
        except PermissionError:
            opened.unreadable.append((name, f"{name} may not be read by this user."))
        except OSError as error:
            opened.unreadable.append((name, f"{name} can't be read: {error.strerror or error}."))
    return opened


def _folder(path: Path, limit: int, opened: Opened) -> None:
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith((".", "~$")))
    files = [file for file in files if file.suffix.lower() in READ]
    if not files:
        raise Unreadable(f"The folder {path.name} holds no file that can be read ({', '.join(READ)}).")
    more = tables(files, limit, {file: f"{path.name}/{file.relative_to(path).as_posix()}" for file in files})
    opened.tables += more.tables
    opened.unreadable += more.unreadable


def _file(path: Path, name: str, limit: int) -> list[Table]:
    size = path.stat().st_size
    if size > limit:
        raise Unreadable(TOO_LARGE.format(name, human(size), human(limit)))
    if size == 0:
        raise Unreadable(f"{name} is empty. Export it again.")
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"PK\x03\x04") and not workbooks.is_workbook(name, head):
        with _archive(name, path) as archive:
            if _is_workbook_inside(archive):
                _check_unfolding(name, archive, size, WORKBOOK_UNPACKED)
                return workbooks.tables(name, path.read_bytes())
            return _from_archive(name, path, archive, size, limit)
    if workbooks.is_workbook(name, head):
        if head.startswith(b"PK\x03\x04"):
            with _archive(name, path) as archive:
                _check_unfolding(name, archive, size, WORKBOOK_UNPACKED)
        return workbooks.tables(name, path.read_bytes())
    if name.lower().endswith(".zip"):
        raise Unreadable(f"{name} is not a ZIP archive, or it is damaged.")
    if name.lower().endswith(".json"):
        return [jsons.table(name, path.read_bytes())]
    return [csvs.table(name, lambda: path.open("rb"), size)]


def _archive(name: str, path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Unreadable(f"{name} is not a ZIP archive, or it is damaged.") from None


def _is_workbook_inside(archive: zipfile.ZipFile) -> bool:
    return any(entry.filename in ("xl/workbook.xml", "xl/workbook.bin") for entry in archive.infolist())


def _check_unfolding(name: str, archive: zipfile.ZipFile, size: int, most: int) -> None:
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > most or (unpacked > 50 * 1024 * 1024 and unpacked > size * ARCHIVE_RATIO):
        raise Unreadable(BOMB.format(name, human(unpacked)))


def _from_archive(name: str, path: Path, archive: zipfile.ZipFile, size: int, limit: int) -> list[Table]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
    if not entries:
        raise Unreadable(f"{name} holds no file. Pack it again.")
    if len(entries) > ARCHIVE_FILES:
        raise Unreadable(f"{name} holds {len(entries):,} files; at most {ARCHIVE_FILES:,} can be read. Split it.")
    _check_unfolding(name, archive, size, limit * 4)
    found: list[Table] = []
    for entry in entries:
        _check_entry(name, entry, limit)
        if PurePosixPath(entry.filename).suffix.lower() in READ:
            found += _entry_tables(f"{name}/{entry.filename}", path, entry, limit)
    if not found:
        raise Unreadable(f"{name} holds no file that can be read ({', '.join(READ)}).")
    return found


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith((".", "~$"))


def _check_entry(name: str, entry: zipfile.ZipInfo, limit: int) -> None:
    inner = PurePosixPath(entry.filename.replace("\\", "/"))
    if inner.is_absolute() or ".." in inner.parts:
        raise Unreadable(f"{name} holds a file with a path that leads out of it: {entry.filename}. It was not opened.")
    if entry.flag_bits & 1:
        raise Unreadable(f"{name} is protected by a password. Pack it again without one.")
    if inner.suffix.lower() == ".zip":
        raise Unreadable(f"{name} holds another archive, {entry.filename}. Unpack it first.")
    if entry.file_size > limit:
        raise Unreadable(TOO_LARGE.format(f"{name}/{entry.filename}", human(entry.file_size), human(limit)))


def _entry_tables(name: str, path: Path, entry: zipfile.ZipInfo, limit: int) -> list[Table]:
    def stream() -> BinaryIO:
        return cast("BinaryIO", Limited(zipfile.ZipFile(path).open(entry), limit, name))

    try:
        with stream() as opened:
            head = opened.read(8)
        if workbooks.is_workbook(name, head):
            data = _all(stream, name)
            if head.startswith(b"PK\x03\x04"):
                with zipfile.ZipFile(io.BytesIO(data)) as inside:
                    _check_unfolding(name, inside, len(data), WORKBOOK_UNPACKED)
            return workbooks.tables(name, data)
        if name.lower().endswith(".json"):
            return [jsons.table(name, _all(stream, name))]
        return [csvs.table(name, stream, entry.file_size)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        raise Unreadable(f"{name} is damaged and can't be unpacked.") from None


def _all(stream: csvs.Open, name: str) -> bytes:
    with stream() as opened:
        return opened.read()


class Limited(io.RawIOBase):
    """A stream that refuses to give more than ``limit`` bytes, whatever the archive's list of contents says."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self.inner, self.left, self.name, self.taken = inner, limit, name, 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes. Raises Unreadable past the limit."""
        data = self.inner.read(size if size >= 0 else self.left + 1)
        self.left -= len(data)
        self.taken += len(data)
        if self.left < 0:
            raise Unreadable(BOMB.format(self.name, "more than its list of contents says"))
        return data

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill the buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def tell(self) -> int:
        """How many bytes were given."""
        return self.taken

    def close(self) -> None:
        """Close the archive's stream too."""
        self.inner.close()
        super().close()
