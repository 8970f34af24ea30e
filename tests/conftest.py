"""Fixtures of all tests: a home of their own, the cast, clients that are logged in.

The database is SQLite, or what ``DATABASE_URL`` says. Nothing outside a temporary folder is read or written.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator

HOME = tempfile.mkdtemp(prefix="tenure-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
# Before Django is set up: settings read these once.
os.environ["TENURE_HOME"] = HOME
os.environ.setdefault("TENURE_TESTS_SHARED", HOME)  # the processes of one run share the first one's
os.environ["TENURE_SECRET_KEY"] = "only-for-tests"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("POLARS_MAX_THREADS", "1")  # each process of the tests has one core
os.environ.pop("TENURE_HANDBOOK", None)

import django  # noqa: E402

django.setup()

import pytest  # noqa: E402
import time_machine  # noqa: E402
from _pytest.unraisableexception import gc_collect_iterations_key  # noqa: E402
from django.test import Client  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key  # noqa: E402

from tenure.models import User  # noqa: E402
from tenure.queries import handbook, workbook  # noqa: E402
from tenure.runs import daily  # noqa: E402
from tests import shared, snapshots  # noqa: E402
from tests import world as cast  # noqa: E402

DATABASE = {"db", "transactional_db", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="Leave out the tests that use no database.")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only PostgreSQL does is asked of it alone. With ``--database-only``: a second database can't change what a test without one finds, or
    one that is marked."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        items[:] = [item for item in items if not item.get_closest_marker("only_postgresql")]
    if not config.getoption("--database-only"):
        return
    everything = bool(os.environ.get("TENURE_TEST_ALL"))
    asks = {
        item: (bool(DATABASE & set(getattr(item, "fixturenames", ()))) or bool(item.get_closest_marker("django_db")))
        and (everything or not item.get_closest_marker("any_database"))
        for item in items
    }
    config.hook.pytest_deselected(items=[item for item in items if not asks[item]])
    items[:] = [item for item in items if asks[item]]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What has been imported and collected stays to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[gc_collect_iterations_key] = 1  # at the end of each process, over all that it has imported: five take seconds


def pytest_unconfigure(config: pytest.Config) -> None:
    if os.environ[shared.FOLDER] == HOME:  # not one of the processes that this one started
        with config.stash[blocking_manager_key].unblock():
            shared.drop()


ClientFor = Callable[[User], Client]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """pytest-django's, but migrated once for all processes."""
    with django_db_blocker.unblock(), shared.database():
        yield


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> cast.World:
    """The cast and the seven accounts of the seed, as of ``cast.TODAY``."""
    return snapshots.of("decided", _decided) if "decided" in request.fixturenames else snapshots.of("world", cast.build)


@pytest.fixture
def decided(world: cast.World) -> cast.World:
    """The cast after a daily run: every account has its decisions. Other fixtures of the test come after it."""
    return world


def _decided() -> cast.World:
    world = cast.build()
    daily.apply(daily.plan(world.today), at=world.at, actor=None)
    return world


@pytest.fixture
def checked(db: None) -> None:
    """The handbook's examples have been run and its findings made, so that its pages show themselves at once."""
    workbook.check(handbook.pack(), cast.TODAY)


@pytest.fixture
def clock() -> Iterator[None]:
    """Stops the clock of pages at ``cast.AT``: pages ask for today, nothing below them does."""
    with time_machine.travel(cast.AT, tick=False):
        yield


@pytest.fixture
def client_for(db: None, clock: None) -> ClientFor:
    """A function from a user to a browser in which that user is logged in, on ``cast.TODAY``."""
    return log_in


def log_in(user: User) -> Client:
    """A test client with the user's session."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
