"""A page of ours as a PDF. Nothing is fetched while it is made: style sheets and fonts come from our own folder, everything else is refused."""

import logging
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tenure.actions.refusals import Refused

STATIC = Path(__file__).resolve().parents[2] / "static"
MISSING = (
    "This server can't make a PDF: Pango is missing. On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
    "Take the page or its Markdown meanwhile; the browser prints the page too."
)


def of(html: str, styles: tuple[str, ...]) -> bytes:
    """``html`` is a whole document; ``styles`` are paths below ``static``. Raises Refused where the server lacks what it takes."""
    try:
        weasyprint = import_module("weasyprint")  # large, and asks for libraries of the system: only who makes a PDF loads it
    except (ImportError, OSError):
        raise Refused(MISSING, "unavailable") from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every property of screens
    fetcher = _fetcher()
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    sheets = [weasyprint.CSS(filename=STATIC / one, url_fetcher=fetcher, font_config=fonts) for one in styles]
    made: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=sheets, font_config=fonts)
    return made


def _fetcher() -> Any:
    base: Any = import_module("weasyprint.urls").URLFetcher

    class Ours(base):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme != "file" or not Path(url2pathname(parts.path)).resolve().is_relative_to(STATIC):
                raise ValueError("Only our own files are read.")
            return super().fetch(url, headers)

    return Ours(allowed_protocols=["file"])
