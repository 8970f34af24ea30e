"""A forgotten password: from the log-in page by mail to a new one."""

import re
from pathlib import Path
from typing import Any

from django_tasks_db.models import DBTaskResult
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.world import World


def test_a_person_who_forgot_the_password_chooses_another(
    world: World, site: str, page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.BASE_URL = site
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "tenure.links.mail.files.EmailBackend", tmp_path
    page.goto(f"{site}/login/")
    page.get_by_role("link", name="Forgotten your password?").click()
    assert complaints(page) == []
    page.keyboard.type("mona@example.com")  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    assert complaints(page) == []

    queued = DBTaskResult.objects.get()
    queued.task.call(*queued.args_kwargs["args"])
    (letter,) = [path.read_text() for path in tmp_path.iterdir()]
    assert "To: mona@example.com" in letter
    found = re.search(rf"{site}/login/password/\S+", letter)
    assert found is not None

    page.goto(found[0])
    expect(page.get_by_text("For Mona Manager")).to_be_visible()
    assert complaints(page) == []
    page.get_by_label("New password").fill("quite another password")
    page.get_by_label("The same again").fill("quite another password")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Password set. Log in with it.")).to_be_visible()
    page.get_by_label("Mail address").fill("mona@example.com")
    page.get_by_label("Password", exact=True).fill("quite another password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Mona Manager")).to_be_visible()

    page.goto("about:blank")  # a part of the home page that is answered without the cookie would lead to the log-in
    page.context.clear_cookies()
    page.goto(found[0])
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("link", name="Ask for a new link").click()
    expect(page.get_by_role("heading", name="Forgotten password")).to_be_visible()
