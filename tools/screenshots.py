"""The pictures of docs/screenshots, taken from a demo company: ``python -m tools.screenshots [FOLDER]``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tenure.runs.demo_staff import DOMAIN, PASSWORD
from tools import machine, site

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SMOOTH = "--font-render-hinting=none"  # letters stand where the font puts them, in every build of the browser
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=360, height=740)


@dataclass(frozen=True)
class Picture:
    """Who looks at which address; ``press`` is the name of a link to follow on the page before the picture."""

    name: str
    who: str
    address: str
    press: str = ""
    theme: str = "light"
    phone: bool = False


PICTURES = (
    Picture("home", "mona", "/"),
    Picture("home-dark", "mona", "/", theme="dark"),
    Picture("home-phone", "mona", "/", phone=True),
    Picture("book", "tam", "/"),
    Picture("accounts", "oona", "/accounts/"),
    Picture("accounts-phone", "oona", "/accounts/", phone=True),
    Picture("account", "oona", "/accounts/1/"),
    Picture("account-dark", "oona", "/accounts/1/", theme="dark"),
    Picture("account-phone", "oona", "/accounts/1/", phone=True),
    Picture("why", "oona", "/accounts/5/", press="Why The Crab Shack, gemstone"),
    Picture("cockpit", "tam", "/cockpit/"),
    Picture("cockpit-dark", "tam", "/cockpit/", theme="dark"),
    Picture("cockpit-phone", "tam", "/cockpit/", phone=True),
    Picture("cockpit-board", "mona", "/cockpit/board/"),
    Picture("cockpit-calendar", "tam", "/cockpit/calendar/"),
    Picture("timeline", "tam", "/accounts/1/timeline/"),
    Picture("feedback", "oona", "/feedback/"),
    Picture("services", "mona", "/services/"),
    Picture("account-services", "tam", "/accounts/1/services/"),
    Picture("hours", "mona", "/capacity/"),
    Picture("playbook", "oona", "/handbook/playbooks/am_onboarding/"),
    Picture("notices", "tam", "/notices/"),
    Picture("outbox", "oona", "/outbox/"),
    Picture("handbook", "oona", "/handbook/rules/tam_eligible/"),
    Picture("deals", "sal", "/"),
    Picture("deals-phone", "sal", "/", phone=True),
    Picture("journey", "oona", "/accounts/1/journey/"),
    Picture("handovers", "mona", "/handovers/"),
    Picture("project", "sol", "/accounts/1/project/"),
    Picture("profile", "tam", "/accounts/1/technical/"),
    Picture("onboardings", "mona", "/onboardings/board/"),
    Picture("onboarding-times", "mona", "/onboardings/times/"),
    Picture("portfolio", "eve", "/reports/portfolio/"),
    Picture("imports", "oona", "/imports/"),
    Picture("runs", "oona", "/runs/"),
)


def main(folder: Path) -> None:
    """Build, serve, look, save."""
    folder.mkdir(parents=True, exist_ok=True)
    with site.serving(1000) as where, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=[*QUIET, SMOOTH])
        for picture in PICTURES:
            with looking(browser, where.url, picture) as page:
                page.goto(where.url + picture.address)
                if picture.press:
                    page.get_by_role("link", name=picture.press).first.click()
                    page.get_by_role("dialog").wait_for()
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / f"{picture.name}.png", animations="disabled")
                print(f"{picture.name}.png")
        browser.close()


@contextmanager
def looking(browser: Browser, url: str, picture: Picture) -> Iterator[Page]:
    """A page in which the person is logged in."""
    context = browser.new_context(
        viewport=PHONE if picture.phone else DESK,
        color_scheme="dark" if picture.theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/login/")
    page.get_by_label("Mail address").fill(f"{picture.who}@{DOMAIN}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")
    yield page
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
