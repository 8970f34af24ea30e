"""The import wizard: from two exports to accounts that the handbook has decided."""

import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from tenure.models import Account, AccountSummary, Contact, Upload
from tests.browser.conftest import Enter, complaints
from tests.conftest import log_in
from tests.world import World

ACCOUNTS = """\
Id,Name,NumberOfEmployees,BillingCountry,IsDeleted
001A,Sky Arena,5200,United Kingdom,false
001B,Strawberry Farm,many,France,false
001C,Funland Pier,40,Ireland,false
"""
CONTACTS = """\
Id,AccountId,FirstName,LastName,Title,Email,Phone,IsDeleted
003A,001A,Nora,Quist,Head of IT,nora@sky-arena.example,+1 555 0101,false
003B,009Z,Theo,Lund,Administrator,theo@elsewhere.example,,false
"""


def work() -> None:
    """What the worker does: everything that is queued."""
    call_command("db_worker", batch=True, interval=0.1, startup_delay=False, verbosity=0)


def bring(page: Page, folder: Path) -> None:
    """The two files through upload and columns up to the check."""
    (folder / "Account.csv").write_text(ACCOUNTS)
    (folder / "Contact.csv").write_text(CONTACTS)
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Import files").first.click()
    page.get_by_label("Drop files here").set_input_files([folder / "Account.csv", folder / "Contact.csv"])
    page.get_by_role("button", name="Upload").click()
    files = page.get_by_role("region", name="Files")
    expect(files.get_by_role("row", name=re.compile("Account.csv"))).to_contain_text("Accounts")
    expect(files.get_by_role("row", name=re.compile("Contact.csv"))).to_contain_text("Contacts")
    assert complaints(page) == []
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name=re.compile("Waiting for a worker|Checking"))).to_be_visible()


def test_two_exports_come_in_after_a_check_and_what_is_refused_says_why(world: World, enter: Enter, tmp_path: Path) -> None:
    before = Account.objects.count()
    page = enter(world.ops)
    bring(page, tmp_path)

    work()
    expect(page.get_by_role("heading", name="3 rows would be written")).to_be_visible()
    expect(page.locator("#refused")).to_contain_text("many")
    assert Account.objects.count() == before
    assert complaints(page) == []

    page.get_by_role("button", name="Import").click()
    work()
    expect(page.get_by_role("heading", name="3 rows written")).to_be_visible()
    assert Account.objects.count() == before + 2
    assert Contact.objects.filter(account__name="Sky Arena", email="nora@sky-arena.example").count() == 1
    assert AccountSummary.objects.get(name="Sky Arena").segment == "Large"


def test_files_over_the_limit_are_refused_before_they_are_sent_and_without_scripts_before_they_are_read(
    world: World, enter: Enter, site: str, browser: Browser, tmp_path: Path, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    large = tmp_path / "Account.csv"
    with large.open("wb") as out:
        out.write(ACCOUNTS.encode())
        out.truncate(40 * 1024 * 1024)
    page = enter(world.ops)

    page.goto(f"{site}/imports/new/")
    page.get_by_label("Drop files here").set_input_files(large)
    expect(page.get_by_role("alert")).to_have_text(
        "The files are over 1 MB together. Choose fewer, split them, or pack them into a ZIP."
    )
    expect(page.get_by_role("button", name="Upload")).to_be_disabled()
    assert complaints(page) == []

    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state()).new_page()
    plain.goto(f"{site}/imports/new/")
    plain.get_by_label("Drop files here").set_input_files(large)
    plain.get_by_role("button", name="Upload").click()
    expect(plain.get_by_role("heading", name="The files are over 1 MB")).to_be_visible()
    expect(plain.get_by_role("link", name="Choose other files")).to_be_visible()
    assert Upload.objects.count() == 0


def test_a_request_that_announces_two_gigabytes_is_answered_before_a_byte_of_them_comes(world: World, site: str) -> None:
    session = log_in(world.ops).cookies["sessionid"].value
    address = urlsplit(site)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
        line.sendall(
            f"POST /imports/new/ HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: sessionid={session}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {2 * 1024**3}\r\n\r\n".encode()
        )
        answer = line.recv(200).decode()

    assert answer.startswith("HTTP/1.1 413 ")
    assert Upload.objects.count() == 0
