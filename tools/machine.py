"""What the tests need of the machine besides Python: Chromium and PostgreSQL's programs.

As root on Debian they are installed when missing; elsewhere the absence is said plainly.
"""

import os
import shutil
import subprocess
from ctypes.util import find_library
from functools import cache
from pathlib import Path

SHELL = "chromium-headless-shell"
PANGO = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset", "fontconfig")  # what WeasyPrint loads
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class Missing(Exception):
    """Something that the machine lacks, with the sentence that says what to do."""


@cache
def chromium() -> str:
    """Path of a Chromium or Chrome, best of one without windows: it loads pages in two thirds of the time. Raises ``Missing``."""
    given = os.environ.get("TENURE_CHROMIUM") or shutil.which(SHELL)
    if not given and (_apt(SHELL) or (not _chromium() and _apt("chromium"))):
        given = shutil.which(SHELL)
    found = given or _chromium()
    if not found:
        raise Missing(f"Chromium is missing. On Debian: apt-get install {SHELL}")
    return found


@cache
def pango() -> None:
    """The libraries that PDFs are made with. Raises ``Missing``."""

    def there() -> bool:
        return all(find_library(name) for name in PANGO)

    if not there() and not (all(_apt(package) for package in PANGO_PACKAGES.split()) and there()):
        raise Missing(f"Pango is missing. On Debian: apt-get install {PANGO_PACKAGES}")


def postgres_bin() -> Path:
    """Folder of ``initdb`` and ``postgres``, the newest version. Raises ``Missing``."""
    found = _postgres_bin()
    if not found and _apt("postgresql"):
        found = _postgres_bin()
    if not found:
        raise Missing("PostgreSQL's server programs are missing. On Debian: apt-get install postgresql")
    return found


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def _postgres_bin() -> Path | None:
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@cache
def _apt(package: str) -> bool:
    """Install a Debian package when we may. Returns whether that was done."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {package} ...", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"]
    subprocess.run([*quiet, "update"], env=env, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    done = subprocess.run([*quiet, "install", package], env=env, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return done.returncode == 0
