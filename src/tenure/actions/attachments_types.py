"""What a file really is: its content read against the ending of its name."""

import zipfile
from collections.abc import Callable
from pathlib import Path

ENTRIES = 20_000  # of an archive; more is not a document
CONTROLS = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}
MACROS = ("vbaproject.bin", "vbadata.xml")
PART = 1024 * 1024


def _begins(*marks: bytes) -> Callable[[Path], bool]:
    def check(path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(16).startswith(marks)

    return check


def _webp(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def _text(path: Path) -> bool:
    """Text in any encoding that keeps ASCII: no control characters but those that texts have."""
    with path.open("rb") as file:
        while part := file.read(PART):
            if CONTROLS & set(part):
                return False
    return True


def _names(path: Path) -> list[str]:
    """The names in an archive, in lower case; nothing for what is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        return []
    return names if len(names) <= ENTRIES else []


def _zip(path: Path) -> bool:
    return _begins(b"PK\x03\x04", b"PK\x05\x06")(path) and zipfile.is_zipfile(path)


def _office(folder: str) -> Callable[[Path], bool]:
    """A document of Office without macros."""

    def check(path: Path) -> bool:
        names = _names(path) if _zip(path) else []
        macros = any(name.rpartition("/")[2] in MACROS for name in names)
        return "[content_types].xml" in names and any(name.startswith(folder) for name in names) and not macros

    return check


def _open_document(path: Path) -> bool:
    names = _names(path) if _zip(path) else []
    return "mimetype" in names and "content.xml" in names and not any(name.startswith("basic/") for name in names)


WORD = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
# ending: (media type, whether a file is of it)
KNOWN: dict[str, tuple[str, Callable[[Path], bool]]] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", _webp),
    "txt": ("text/plain", _text),
    "md": ("text/markdown", _text),
    "log": ("text/plain", _text),
    "csv": ("text/csv", _text),
    "json": ("application/json", _text),
    "eml": ("message/rfc822", _text),
    "ics": ("text/calendar", _text),
    "docx": (f"{WORD}.wordprocessingml.document", _office("word/")),
    "xlsx": (f"{WORD}.spreadsheetml.sheet", _office("xl/")),
    "pptx": (f"{WORD}.presentationml.presentation", _office("ppt/")),
    "odt": (f"{OPEN}.text", _open_document),
    "ods": (f"{OPEN}.spreadsheet", _open_document),
    "odp": (f"{OPEN}.presentation", _open_document),
    "zip": ("application/zip", _zip),
}


def ending(name: str) -> str:
    """The ending of a name, in lower case, without its dot; blank where there is none."""
    return Path(name).suffix[1:].lower()


def media_type(name: str, path: Path) -> str | None:
    """The media type of a file whose content fits the ending of its name; None where it doesn't."""
    found = KNOWN.get(ending(name))
    return found[0] if found and found[1](path) else None
