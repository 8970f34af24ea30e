"""The handbook's pages."""

import re
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.queries import handbook, rulebook, rulepage, ruletable, workbook
from tenure.rules import packs
from tests.conftest import ClientFor
from tests.world import TODAY, World

pytestmark = pytest.mark.usefixtures("checked")


def page(world: World, client_for: ClientFor, address: str) -> str:
    return client_for(world.tam).get(address).content.decode()


def cells(text: str) -> list[str]:
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", text, re.DOTALL)]


def test_every_rule_of_the_pack_stands_in_the_list(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/")

    for name, rule in handbook.pack().rules.items():
        assert f'href="/handbook/rules/{name}/"' in text
        assert rule.title in text


def test_every_rule_has_a_page(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    for name, rule in handbook.pack().rules.items():
        response = client.get(f"/handbook/rules/{name}/")
        assert response.status_code == 200, name
        assert rule.title in response.content.decode()
    assert client.get("/handbook/rules/no-such-rule/").status_code == 404


def test_the_gemstone_table_reads_as_the_page_of_the_source(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/gemstone/")

    body = text[text.index('<table class="tn-t rule-t">') : text.index("</table>")]
    assert cells(body) == [
        "1", "&gt; 5,000", "&gt; 2,000", "&gt; $500,000", "Diamond",
        "2", "&gt; 2,500", "&gt; 1,000", "&gt; $250,000", "Pearl",
        "3", "&gt; 1,000", "–", "&gt; $100,000", "Sapphire",
        "4", "&gt; 500", "–", "&gt; $50,000", "Ruby",
        "5", "everything else", "Quartz",
    ]  # fmt: skip
    assert "Users on Ultimate" in body
    assert "1 Jun 2018 says the same" in text
    assert "any one condition is enough" in text


def test_contradictions_of_the_source_are_shown_and_not_smoothed(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/gemstone/")

    assert "The Crab Shack" in text
    assert "source says Ruby" in text
    assert "HB010" in text
    assert "Accepted: 2,100 users are over 1,000" in text


def test_two_editions_stand_side_by_side_with_what_changed(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/segment/")

    assert "Editions side by side" in text
    assert re.search(r"chg-del[^>]*>\s*≥ 5,000", text)
    assert re.search(r"chg-mod med[^>]*>\s*≥ 2,001", text)
    alone = page(world, client_for, "/handbook/rules/segment/?from=none")
    assert "Editions side by side" not in alone
    assert "In force since 11 Nov 2022" in alone


def test_the_day_decides_which_edition_is_shown(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/segment/?as_of=2020-06-01")

    assert "In force since 1 Jun 2018" in text
    assert "Potential users" in text


def test_before_its_first_edition_a_rule_says_when_it_begins(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/gemstone/?as_of=2017-01-01")

    assert "Nothing holds on 1 Jan 2017" in text
    assert "holds from 2018-06-01" in text


def test_an_alternative_that_nobody_chose_can_be_compared(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/tam_eligible/?from=2020-09-01&to=2020-09-01~services-page")

    assert '<span class="lab lab-acc">services-page</span>' in text
    assert "not chosen" in text


def test_unknown_editions_in_the_address_are_left_out(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/segment/?from=x&to=<b>")

    assert "Editions side by side" in text
    assert '<option value="2022-11-11" selected>' in text


def test_the_list_searches_titles_outcomes_and_sources(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    text = client.get("/handbook/?q=diamond", headers={"HX-Request": "true", "HX-Target": "rows"}).content.decode()

    assert re.findall(r'href="/handbook/rules/([a-z_]+)/', text) == ["gemstone"]
    assert "<html" not in text
    assert "No rule fits" in client.get("/handbook/?q=zzzz").content.decode()


def test_values_show_the_day_and_the_other_days(world: World, client_for: ClientFor) -> None:
    now = page(world, client_for, "/handbook/values/")
    then = page(world, client_for, "/handbook/values/?as_of=2019-01-01")

    def row(text: str) -> list[str]:
        return cells(text[text.index('<tr id="tam_arr_floor"') :])[:5]

    assert row(now) == [
        "ARR from which an account gets a TAM",
        "&gt; $50,000",
        "USD per year",
        "1 Jan 2020",
        "≥ $100,000 from 1 Jun 2018",
    ]
    assert row(then)[1] == "≥ $100,000"


def test_findings_are_all_there_with_the_reason_for_accepting_them(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/findings/")

    found = rulebook.findings(handbook.pack(), TODAY)
    assert text.count('<li>\n<span class="lab') == len(found)
    assert text.count("Accepted: ") == sum(bool(row.reason) for row in found)


def test_the_yaml_is_shown_with_its_lines_and_escaped(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/rules/gemstone/")

    edition = handbook.pack().rules["gemstone"].editions[-1]
    assert f"lines {edition.place.line} to" in text
    assert "{users: &quot;&gt; 5000&quot;}" in text


def test_a_broken_handbook_is_told_with_file_and_line(
    world: World, client_for: ClientFor, tmp_path: Path, settings: object
) -> None:
    client = client_for(world.tam)
    folder = tmp_path / "pack"
    copytree(str(packs.shipped()), folder)
    (folder / "segments.yaml").write_text("rules:\n  segment:\n    title: [\n", encoding="utf-8")
    settings.HANDBOOK = str(folder)  # type: ignore[attr-defined]

    response = client.get("/handbook/")

    assert response.status_code == 503
    assert "segments.yaml" in response.content.decode()


def test_the_pages_ask_the_database_for_nothing_of_the_handbook(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    client.get("/handbook/rules/gemstone/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/handbook/rules/gemstone/")

    assert len(captured) <= 5


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("Ruby", "Ruby"),
        ({"undecided": ["users"]}, "Undecided: Users missing"),
        ({"not_in_force": True}, "Not in force"),
        ({"error": "unknown_category"}, "Refused: unknown category"),
        ({"gemstone": "Pearl"}, "Pearl"),
    ],
)
def test_what_an_example_expects_is_told_in_words(expect: object, words: str) -> None:
    pack = handbook.pack()

    assert rulepage.outcome_words(expect, pack.rules["gemstone"], pack) == words


def test_rows_most_alike_stand_together(world: World) -> None:
    pack = handbook.pack()
    history = {period.key: period for period in rulebook.periods(pack, "tam_eligible")}

    table = ruletable.side_by_side(history["2020-01-01"].in_force, history["2020-09-01"].in_force, pack)

    assert [(line.left_number, line.number, line.sign) for line in table.lines] == [
        (1, 1, "~"),
        (0, 2, "+"),
        (0, 3, "+"),
        (2, 4, "~"),
    ]
    assert table.changes == ["2 rows added", "2 rows changed"]


def test_a_broken_table_of_rights_opens_nothing(world: World, client_for: ClientFor, tmp_path: Path, settings: object) -> None:
    client = client_for(world.tam)
    folder = tmp_path / "pack"
    copytree(str(packs.shipped()), folder)
    (folder / "access.yaml").write_text("roles: {tam: {title: TAM, sees: everything}}\ncapabilities: []\n", encoding="utf-8")
    settings.HANDBOOK = str(folder)  # type: ignore[attr-defined]

    assert client.get("/handbook/").status_code == 404
    assert client.get("/accounts/").status_code == 404


@pytest.fixture
def unchecked(checked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun, on a day for which nobody has checked the handbook."""
    monkeypatch.setattr(rulebook, "_HERE", {})
    cache.clear()


def test_a_page_of_a_handbook_that_is_not_checked_shows_that_it_is_being_checked(
    unchecked: None, world: World, client_for: ClientFor
) -> None:
    client = client_for(world.tam)
    waits = client.get("/handbook/rules/gemstone/?to=2018-06-01").content.decode()

    assert "Checking the handbook’s examples" in waits
    assert 'hx-get="/handbook/check/" hx-trigger="load"' in waits
    assert 'href="/handbook/check/?next=/handbook/rules/gemstone/%3Fto%3D2018-06-01"' in waits
    part = client.get("/handbook/?q=gem", headers={"HX-Request": "true", "HX-Target": "rows"})
    assert (part.status_code, part.headers["HX-Refresh"], part.content) == (204, "true", b"")

    done = client.get("/handbook/check/", headers={"HX-Request": "true"})
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    assert "Checking" not in client.get("/handbook/rules/gemstone/").content.decode()


def test_another_process_finds_what_was_checked(
    unchecked: None, world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook.check(handbook.pack(), TODAY)
    monkeypatch.setattr(rulebook, "_HERE", {})

    assert workbook.is_checked(handbook.pack(), TODAY)
    assert not workbook.is_checked(handbook.pack(), TODAY + timedelta(days=1))
    assert "Gemstone" in page(world, client_for, "/handbook/")


def test_checking_without_scripts_goes_back_to_our_own_pages_only(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    assert client.get("/handbook/check/?next=/handbook/values/").headers["Location"] == "/handbook/values/"
    assert client.get("/handbook/check/?next=https://elsewhere.example/").headers["Location"] == "/handbook/"


@pytest.mark.parametrize("to", ["x", "-1", "https://example.com/", "//example.com/"])
def test_after_the_check_nobody_is_sent_elsewhere(to: str, world: World, client_for: ClientFor) -> None:
    assert client_for(world.tam).get("/handbook/check/", {"next": to})["Location"] == "/handbook/"
