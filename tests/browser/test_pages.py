"""Every page: nothing for axe to say in light and dark, nothing wider than a phone, no error in the console."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import COLOURS, Enter, complaints
from tests.world import World

# who looks, address; {homeworld} and the like are ids of accounts, {tam} of a person
PAGES = {
    "home of a manager": ("mona", "/"),
    "home of a TAM": ("tam", "/"),
    "home of operations": ("ops", "/"),
    "accounts": ("mona", "/accounts/"),
    "accounts, filtered": ("ops", "/accounts/?q=o&as_of=2026-01-01"),
    "accounts, none found": ("ops", "/accounts/?q=zzz"),
    "accounts, with alternatives": (
        "mona",
        "/accounts/?f=segment:any:Large,Strategic&f=arr:gte:1000%7Cusers:gt:5&sort=renewal,-arr&f=x",
    ),
    "accounts, in groups": ("mona", "/accounts/?group=gemstone"),
    "account": ("mona", "/accounts/{homeworld}/"),
    "account: timeline": ("mona", "/accounts/{homeworld}/timeline/"),
    "timeline": ("mona", "/timeline/"),
    "timeline, none found": ("mona", "/timeline/?q=zzz"),
    "log a call": ("tam", "/accounts/{homeworld}/activities/new/"),
    "plan a call": ("tam", "/accounts/{homeworld}/activities/plan/"),
    "feedback": ("mona", "/feedback/"),
    "hand-overs": ("mona", "/handovers/"),
    "begin a hand-over": ("mona", "/accounts/{homeworld}/handovers/new/?kind=tam"),
    "record feedback": ("tam", "/accounts/{homeworld}/feedback/new/"),
    "account: subscriptions": ("mona", "/accounts/{homeworld}/subscriptions/"),
    "account: contacts": ("mona", "/accounts/{homeworld}/contacts/"),
    "account: team": ("mona", "/accounts/{homeworld}/team/"),
    "account: decisions": ("mona", "/accounts/{homeworld}/decisions/"),
    "account: history": ("mona", "/accounts/{homeworld}/history/"),
    "why": ("mona", "/accounts/{crab_shack}/why/gemstone/"),
    "override": ("mona", "/accounts/{crab_shack}/overrides/gemstone/new/"),
    "portfolio": ("exa", "/reports/portfolio/"),
    "imports": ("ops", "/imports/"),
    "new import": ("ops", "/imports/new/"),
    "rows that wait": ("ops", "/imports/waiting/"),
    "runs": ("ops", "/runs/"),
    "handbook: rule": ("mona", "/handbook/rules/tam_eligible/"),
    "profile": ("tam", "/profile/"),
    "notices": ("mona", "/notices/"),
    "outbox": ("ops", "/outbox/"),
    "outbox, none found": ("ops", "/outbox/?q=zzz"),
    "blocked addresses": ("ops", "/outbox/blocks/"),
    "nothing here": ("olga", "/accounts/{homeworld}/"),
    "no permission": ("mona", "/people/"),
}


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("title", PAGES)
def test_a_page_is_fit_for_everybody(title: str, decided: World, enter: Enter, site: str) -> None:
    who, address = PAGES[title]
    ids = {name: row.pk for name, row in [*decided.accounts.items(), *decided.people.items()]}
    page = enter(decided.people[who])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(site + address.format(**ids))
    found = [f"light: {line}" for line in complaints(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.reload()
    found += [f"dark: {line}" for line in complaints(page, COLOURS)]
    page.set_viewport_size({"width": 360, "height": 740})
    found += [f"wider than a phone: {line}" for line in too_wide(page)]
    found += [f"console: {line}" for line in said if "status of 40" not in line]

    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("width", [1330, 1440])
@pytest.mark.parametrize("rule", ["tam_eligible", "gemstone", "segment", "deal_size"])
def test_what_an_example_gives_is_in_sight_without_scrolling(
    rule: str, width: int, decided: World, enter: Enter, site: str
) -> None:
    page = enter(decided.mona)
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{site}/handbook/rules/{rule}/")

    table = page.locator(".hb-ex")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert table.locator("thead th").last.inner_text() == "Result"


def too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways (what scrolls within itself is fine)."""
    if page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        return []
    return list(
        page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".slice(0, 4).map(e => e.tagName + '.' + e.className)"
        )
    )
