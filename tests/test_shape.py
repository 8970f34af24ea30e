"""The shape of the code: budgets, where writes and clocks may stand, how routes are named.

A waiver is a line in ``WAIVERS`` with its reason. Without a reason it isn't one.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tenure"
FILE, FUNCTION, VIEW, TEMPLATE, INNER_IMPORTS = 400, 40, 25, 120, 3

# path (and "::function") -> (limit, reason)
WAIVERS: dict[str, tuple[int, str]] = {
    "bench/loop.py::fill": (120, "Fills a database by hand, table after table; cut up it would read worse"),
}
# allauth looks these two up by their own names.
ROUTES_OF_OTHERS = {"account_login", "mfa_authenticate"}

CODE = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
ALL_CODE = CODE + sorted(path for folder in ("tests", "tools", "bench") for path in (ROOT / folder).rglob("*.py"))
TEMPLATES = sorted((SOURCE / "templates").rglob("*.html"))
BELOW_THE_CLOCK = ("rules", "models", "queries", "actions", "links")
WITHOUT_WRITES = ("rules", "queries", "views", "cli", "runs", "links")
CLOCKS = {"now", "today", "localdate", "localtime", "utcnow", "monotonic"}
WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of every function, without its decorators and docstring."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = ast.get_docstring(node) is not None
            docstring = (node.body[0].end_lineno or 0) - node.body[0].lineno + 1 if told else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring


def over(found: dict[str, int], budget: int) -> dict[str, int]:
    return {name: size for name, size in found.items() if size > WAIVERS.get(name, (budget, ""))[0]}


def test_no_file_is_longer_than_its_budget() -> None:
    assert over({name_of(path): len(path.read_text().splitlines()) for path in ALL_CODE}, FILE) == {}


def test_no_function_is_longer_than_its_budget() -> None:
    found = {f"{name_of(path)}::{name}": size for path in ALL_CODE for name, size in functions(path)}

    assert over(found, FUNCTION) == {}


def test_functions_are_short_on_the_whole() -> None:
    sizes = sorted(size for path in CODE for _, size in functions(path))

    assert sizes[len(sizes) // 2] <= 10
    assert sizes[len(sizes) * 9 // 10] <= 25


def test_no_view_is_longer_than_its_budget() -> None:
    views = [path for path in CODE if path.parent.name == "views"]

    assert over({f"{name_of(path)}::{name}": size for path in views for name, size in functions(path)}, VIEW) == {}


def test_no_template_is_longer_than_its_budget() -> None:
    assert over({name_of(path): len(path.read_text().splitlines()) for path in TEMPLATES}, TEMPLATE) == {}


def test_every_waiver_has_a_reason_and_is_still_needed() -> None:
    for name, (limit, reason) in WAIVERS.items():
        path, _, function = name.partition("::")
        sizes = dict(functions(ROOT / path)) if function else {"": len((ROOT / path).read_text().splitlines())}
        assert len(reason) > 20, name
        assert sizes[function] <= limit, name


def test_imports_stand_at_the_top_of_files() -> None:
    inner = [
        f"{name_of(path)}:{node.lineno}"
        for path in CODE
        for outer in ast.walk(tree(path))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert len(inner) <= INNER_IMPORTS, inner


def actions_in(path: Path) -> set[str]:
    """Names by which a file knows modules of actions, imported at the top or late."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tenure.actions"):
            found |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.Assign) and "import_module('tenure.actions" in ast.unparse(node.value):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def calls(path: Path, names: set[str]) -> list[str]:
    """Calls of methods with these names, as file:line; functions of an actions module are no methods."""
    actions = actions_in(path)
    return [
        f"{name_of(path)}:{node.lineno} {node.func.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id in actions)
    ]


def test_nothing_below_the_front_doors_and_the_runs_asks_for_the_time() -> None:
    asked = [call for path in CODE if path.relative_to(SOURCE).parts[0] in BELOW_THE_CLOCK for call in calls(path, CLOCKS)]

    assert asked == []


def test_only_actions_write() -> None:
    wrote = [call for path in CODE if path.relative_to(SOURCE).parts[0] in WITHOUT_WRITES for call in calls(path, WRITES)]

    assert wrote == []


def test_there_are_no_signals() -> None:
    for path in CODE:
        assert "signals" not in {
            part for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) for part in (node.module or "").split(".")
        }, path


def routes(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route with its full name."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from routes(entry.url_patterns, space)
        else:
            yield f"{prefix}{entry.name}", entry


def test_a_route_is_called_like_its_view() -> None:
    for name, route in routes():
        if name in ROUTES_OF_OTHERS:
            continue
        noun, verb = name.split(":")
        function = route.callback
        module = function.__module__.removeprefix("tenure.views.")
        assert module == noun or module.startswith((f"{noun}.", f"{noun}_")), f"{name} is answered by {function.__module__}"
        assert function.__name__.rstrip("_") == verb, f"{name} is answered by {function.__name__}"


def test_templates_have_no_inline_scripts_handlers_or_styles() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\son[a-z]+=|<style|\sstyle=\"(?!--[a-z]+:)")
    for path in TEMPLATES:
        found = inline.search(path.read_text())
        assert found is None, f"{name_of(path)}: {found and found.group()}"


def test_colours_stand_in_the_tokens_only() -> None:
    for path in sorted((SOURCE / "static" / "css").glob("*.css")):
        if path.name != "tokens.css":
            assert re.findall(r"(?<!url\()#[0-9a-fA-F]{3,8}\b", path.read_text()) == [], path.name


def test_there_is_one_migration_leaf_and_models_have_not_moved_on(db: None) -> None:
    assert len(MigrationLoader(None).graph.leaf_nodes("tenure")) == 1
    try:
        call_command("makemigrations", "tenure", "--check", "--dry-run", stdout=StringIO())
    except SystemExit:
        pytest.fail("A model changed without a migration: python manage.py makemigrations tenure")
