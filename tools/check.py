"""Everything that must hold before a commit: ``python -m tools.check`` (``make test``), or ``... lint`` for the quick part.

Steps: style, types, layers, the handbook's own linter; tests on SQLite; those of the layers that use a database, and every page by a
role of each sight, again on a private PostgreSQL; browser journeys.
A step whose tools the machine lacks is skipped and said so; under ``CI=true`` nothing may be skipped. Exit status 0, 1.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import machine, postgres

ROOT = Path(__file__).resolve().parents[1]
LINT = {
    "mypy": ["mypy"],
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "templates": ["djlint", "--lint", "--quiet", "src/tenure/templates"],
    "layers": ["lint-imports", "--no-logo"],
    "handbook": ["tenure", "handbook", "check"],
}
WORKERS = (os.cpu_count() or 1) + 1  # one waits now and then: for a lock, a page, a server
PARALLEL = ("-n", os.environ.get("TENURE_TEST_WORKERS", str(WORKERS)), "--dist", "loadgroup")
PAGES = ("tests/views/test_routes.py", "tests/views/test_budgets.py", "tests/views/test_zones.py")
WITHOUT = ("tests/rules", "tests/views", "tests/browser")  # rules know no database; the others have a list or a step of their own
NOTHING_RAN = 5  # pytest's exit status


@dataclass
class Report:
    """What was done so far. Counts are pytest's; a failed or skipped step without counts adds one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: list[str] = field(default_factory=list)

    def step(self, title: str, ok: bool, seconds: float, note: str = "") -> None:
        """Remember one step for the closing table."""
        self.lines.append(f"  {'ok  ' if ok else 'FAIL'}  {title:<28} {seconds:6.1f} s  {note}")

    def lint(self, title: str, objects: str, seconds: float) -> None:
        """Count one linter and show what it objects to."""
        if objects:
            print(f"\n--- {title}\n{objects}", flush=True)
        self.passed, self.failed = self.passed + (not objects), self.failed + bool(objects)
        self.step(title, not objects, seconds)

    def count(self, xml: Path, status: int) -> str:
        """Add the counts of a pytest run from its XML; returns them in words."""
        if not xml.exists():
            self.failed += 1
            return "no report"
        suites = list(ET.parse(xml).getroot().iter("testsuite"))  # noqa: S314 - written by our own pytest
        total, bad, skipped = (sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "skipped"))
        bad += sum(int(suite.get("errors", 0)) for suite in suites)
        self.passed += total - bad - skipped
        self.failed += bad or (1 if status else 0)
        self.skipped += skipped
        return f"{total - bad - skipped} passed, {bad} failed, {skipped} skipped"


def main(arguments: list[str]) -> int:
    """Run the steps and print the closing table. Exit status for the shell."""
    report, strict = Report(), os.environ.get("CI", "").lower() in {"1", "true"}
    with tempfile.TemporaryDirectory(prefix="tenure-check-") as home:
        env = {**os.environ, "TENURE_HOME": home, "TENURE_SECRET_KEY": "only-for-tests", "PYTHONUNBUFFERED": "1"}
        for name in ("DATABASE_URL", "TENURE_HANDBOOK", "DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"):
            env.pop(name, None)
        # A dozen processes compile each module once, and leave nothing in the tree.
        env["PYTHONPYCACHEPREFIX"] = str(Path(home, "pycache"))
        with ThreadPoolExecutor(2) as pool:  # mypy takes as long as all the others
            for done in pool.map(_lint, LINT, LINT.values(), repeat(env)):
                report.lint(*done)
        if "lint" not in arguments:
            _tests(report, "tests on SQLite", ["tests", *PARALLEL], env)
            _on_postgres(report, env)
            _in_browser(report, env)
    print("\n" + "\n".join(report.lines))
    if strict and report.skipped:
        print("Under CI nothing may be skipped.")
    print(f"\n{report.passed} passed, {report.failed} failed" + (f", {report.skipped} skipped" if report.skipped else ""))
    return 1 if report.failed or (strict and report.skipped) or not report.passed else 0


def _lint(title: str, command: list[str], env: dict[str, str]) -> tuple[str, str, float]:
    """One linter: its title, what it prints when it objects, and its seconds."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    objects = f"{done.stdout}{done.stderr}" or f"exit status {done.returncode}"
    return title, objects if done.returncode else "", time.monotonic() - started


def _tests(report: Report, title: str, arguments: list[str], env: dict[str, str]) -> None:
    """One pytest run with its output, counted."""
    print(f"\n--- {title}", flush=True)
    started = time.monotonic()
    xml = Path(env["TENURE_HOME"]) / f"{title.replace(' ', '-')}.xml"
    command = ["pytest", "-q", *arguments, f"--junitxml={xml}", "-o", "junit_family=xunit1"]
    status = subprocess.run(command, cwd=ROOT, env=env, check=False, stdin=subprocess.DEVNULL).returncode
    note = report.count(xml, status)
    report.step(title, status == 0, time.monotonic() - started, "no test ran" if status == NOTHING_RAN else note)


def _with_database() -> list[str]:
    """What is asked of a second database: every layer that writes or reads it, and every page by a role of each sight. The other tests of the
    pages ask the same queries; ``TENURE_TEST_ALL=1`` has them run as well."""
    if os.environ.get("TENURE_TEST_ALL"):
        return ["tests", "--ignore=tests/test_wheel.py"]  # it has no database of ours
    layers = sorted(str(folder.relative_to(ROOT)) for folder in (ROOT / "tests").iterdir() if any(folder.glob("test_*.py")))
    return [*(layer for layer in layers if layer not in WITHOUT), *PAGES]


def _on_postgres(report: Report, env: dict[str, str]) -> None:
    """The same tests on a server of our own."""
    try:
        with postgres.private() as url:
            arguments = [*_with_database(), *PARALLEL, "--database-only"]
            _tests(report, "tests on PostgreSQL", arguments, {**env, "DATABASE_URL": url})
    except machine.Missing as problem:
        _skip(report, "tests on PostgreSQL", problem)


def _in_browser(report: Report, env: dict[str, str]) -> None:
    """The journeys of tests/browser."""
    try:
        env = {**env, "TENURE_CHROMIUM": machine.chromium()}
    except machine.Missing as problem:
        _skip(report, "browser journeys", problem)
        return
    _tests(report, "browser journeys", ["tests/browser", *PARALLEL], env)


def _skip(report: Report, title: str, problem: machine.Missing) -> None:
    print(f"\n--- {title}: skipped. {problem}", flush=True)
    report.skipped += 1
    report.lines.append(f"  skip  {title:<28}           {problem}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders go away with us
    sys.exit(main(sys.argv[1:]))
