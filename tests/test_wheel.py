"""What is installed from the wheel works away from the checkout."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FACTS = """\
account,arr,segment,product,growth_opportunity
Homeworld Inc.,1250000,Strategic,Premium,false
Big Donut,18000,Mid-Market,Starter,false
"""
KEPT = ("PATH", "HOME", "LANG", "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "SSL_CERT_FILE", "PIP_INDEX_URL", "TMPDIR")

pytestmark = pytest.mark.xdist_group("wheel")


def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".venv-uv" / "bin" / "uv")
    assert Path(found).exists(), "uv is missing: make setup"
    return found


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fresh virtual environment in which only the wheel and its locked dependencies are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    for command in (
        [uv(), "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)],
        [uv(), "venv", "--quiet", str(folder / "env")],
        [
            uv(),
            "export",
            "--locked",
            "--no-dev",
            "--no-emit-project",
            "--quiet",
            "--project",
            str(ROOT),
            "-o",
            str(folder / "needs.txt"),
        ],
        [uv(), "pip", "install", "--quiet", "--python", str(folder / "env"), "-r", str(folder / "needs.txt")],
    ):
        run(folder, *command)
    wheel = next(folder.glob("tenure-*.whl"))
    run(folder, uv(), "pip", "install", "--quiet", "--no-deps", "--python", str(folder / "env"), str(wheel))
    return folder


def run(folder: Path, *command: str, **env: str) -> str:
    """Standard output of a command that must succeed, run in ``folder`` with a bare environment."""
    bare = {name: os.environ[name] for name in KEPT if name in os.environ} | env
    done = subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def tenure(folder: Path, *arguments: str, **env: str) -> str:
    return run(folder, str(folder / "env" / "bin" / "tenure"), *arguments, **env)


def test_the_wheel_holds_pack_templates_and_static_files(away: Path) -> None:
    package = next((away / "env" / "lib").glob("python3*/site-packages/tenure"))

    for inside in (
        "handbook/gitlab/segments.yaml", "handbook/gitlab/examples/segment.yaml", "templates/base.html", "static/css/app.css",
        "static/icons.svg", "static/vendor/htmx/htmx.min.js", "static/vendor/MANIFEST.toml", "migrations/0001_foundation.py",
    ):  # fmt: skip
        assert (package / inside).is_file(), inside
    assert not list(package.rglob("*.pyc")) or not (package / "tests").exists()


def test_the_installed_command_decides_without_a_database(away: Path) -> None:
    (away / "facts.csv").write_text(FACTS)

    out = tenure(away, "decide", "tam_eligible", "--facts", "facts.csv", "--as-of", "2026-11-16", "--format", "json")

    assert [(row["account"], row["outcome"]) for row in json.loads(out)["decisions"]] == [
        ("Homeworld Inc.", "Yes"),
        ("Big Donut", "No"),
    ]
    assert not (away / ".tenure").exists()


def test_the_installed_command_builds_the_demo_company(away: Path) -> None:
    tenure(away, "demo", "--no-serve", "--accounts", "50", "--home", str(away / "home"))

    python = str(away / "env" / "bin" / "python")
    counted = "import django; django.setup(); from tenure.models import Account; print(Account.objects.count())"
    count = run(away, python, "-c", counted, TENURE_HOME=str(away / "home"), DJANGO_SETTINGS_MODULE="tenure.settings")
    assert int(count) == 50


def test_the_installed_handbook_passes_its_own_check(away: Path) -> None:
    assert "errors to mend" in tenure(away, "handbook", "check")
