"""The house beside the code: documents that must stay true, vendored files, words that must not stand anywhere."""

import hashlib
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tenure.rules import packs

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tenure"
VENDOR = SOURCE / "static" / "vendor"
# Split, so that this file passes its own test.
FORBIDDEN = ["/wo" + "rk/", "/ro" + "ot/", "iss" + "ue #", "/tm" + "p/brief"]
LICENCES = {"MIT", "Apache-2.0", "0BSD", "OFL-1.1", "BSD-3-Clause", "MPL-2.0"}


def words(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def project_files() -> list[Path]:
    """Files of the project: what Git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.fail("These tests read the list of files from Git.")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_model_stands_in_the_glossary() -> None:
    lines = (ROOT / "docs" / "glossary.md").read_text().splitlines()
    known = {words(line.split("|")[1]) for line in lines if line.startswith("|")}

    assert [model.__name__ for model in apps.get_app_config("tenure").get_models() if words(model.__name__) not in known] == []


def test_every_value_and_rule_of_the_handbook_has_a_source() -> None:
    pack = packs.load(None)

    shelves = (pack.values, pack.rules, pack.schedules, pack.playbooks)
    assert [name for shelf in shelves for name, entry in shelf.items() if not entry.source.strip()] == []


def test_every_value_and_rule_of_the_handbook_stands_in_the_map() -> None:
    told = (ROOT / "docs" / "handbook-map.md").read_text()
    pack = packs.load(None)

    families = [name.removesuffix("*") for name in re.findall(r"`[^`]*?(\w+_\*)", told)]  # `stage_*`
    shelves = (pack.values, pack.rules, pack.schedules, pack.playbooks)
    names = [name for shelf in shelves for name in shelf if not name.startswith(tuple(families))]
    assert [name for name in names if not re.search(rf"\b{name}\b", told)] == []


def test_no_file_names_a_developer_s_machine_or_a_tracker() -> None:
    for path in project_files():
        if path.suffix in {".png", ".woff2", ".parquet"} or VENDOR in path.parents:
            continue
        text = path.read_text(errors="replace").lower()
        assert [word for word in FORBIDDEN if word in text] == [], path


def test_the_architecture_page_shows_the_folders_that_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    tree = page.split("```")[1]
    shown = set(re.findall(r"^ {2}([a-z_]+)/", tree, re.MULTILINE)) | set(
        re.findall(r"^ {2}(?:[a-z_<>/]+ +)*([a-z_]+)/", tree, re.MULTILINE)
    )
    there = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert there - set(re.findall(r"\b([a-z_]+)/", tree)) == set()
    assert {name for name in shown if not (SOURCE / name).is_dir()} == set()


def test_every_run_time_dependency_has_a_decision_record() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[\[<>=~! ]", line)[0] for line in project["dependencies"]]
    records = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md"))

    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", records, re.IGNORECASE)] == []


def test_every_vendored_file_is_what_the_manifest_says() -> None:
    manifest = tomllib.loads((VENDOR / "MANIFEST.toml").read_text())
    listed = {}
    for name, entry in manifest.items():
        assert entry["licence"] in LICENCES, name
        assert entry["version"], name
        assert (VENDOR / entry["licence_text"]).stat().st_size > 400, name
        listed |= entry["files"]
    for file, digest in listed.items():
        assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == digest, file
    unlisted = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()} - set(listed)
    assert {name for name in unlisted if Path(name).name not in {"LICENSE", "MANIFEST.toml"}} == set()


def test_no_vendored_file_points_to_a_source_map() -> None:
    for path in VENDOR.rglob("*"):
        if path.suffix in {".js", ".css"}:
            assert "sourceMappingURL" not in path.read_text(), path.name


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'id="([a-z0-9-]+)"', (SOURCE / "static" / "icons.svg").read_text()))
    named = set()
    for path in (SOURCE / "templates").rglob("*.html"):
        named |= set(re.findall(r"{% icon [\"']([a-z0-9-]+)[\"']", path.read_text()))

    assert {f"i-{name}" for name in named} - sprite == set()


def test_tests_run_apart_from_any_real_installation() -> None:
    assert "tenure-tests-" in str(settings.HOME)


def test_enter_in_a_form_presses_what_saves_never_what_deletes_or_goes_back() -> None:
    """Browsers press the first button of a form: where one leads elsewhere, another stands before it."""
    wrong = []
    for path in sorted((SOURCE / "templates").rglob("*.html")):
        for form in re.findall(r"<form\b.*?</form>", path.read_text(), re.DOTALL):
            buttons = [one for one in re.findall(r"<button\b[^>]*", form) if 'type="button"' not in one and " form=" not in one]
            astray = [one for one in buttons if re.search(r"formaction=|hx-post=|formnovalidate", one)]
            wrong += [path.name] if astray and astray[0] == buttons[0] and len(astray) < len(buttons) else []

    assert wrong == []
