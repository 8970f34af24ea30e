"""The portfolio report: it adds up, each figure leads to its list, and it counts only what the reader sees."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import portfolio
from tenure.models import AccountSummary, Event, User
from tests.conftest import ClientFor
from tests.world import World


def test_it_adds_up_and_each_figure_leads_to_its_list(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    report = client.get("/reports/portfolio/").context["report"]

    assert (report.accounts, report.arr, report.waiting, report.unknown) == (7, 229_970_000, 3, 0)
    assert [cut.key for cut in report.cuts] == ["segment", "gemstone", "tier", "region", "product", "tam"]
    for cut in report.cuts:
        assert (sum(bar.accounts for bar in cut.bars), sum(bar.arr for bar in cut.bars)) == (7, 229_970_000)
        for bar in cut.bars:
            known = client.get(f"/accounts/?{bar.query}").context["known"]
            assert (known.count, known.arr) == (bar.accounts, bar.arr), (cut.key, bar.label)


def test_every_link_of_the_page_is_a_list_that_is_understood(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    page = client.get("/reports/portfolio/").content.decode()
    links = {unescape(link) for link in re.findall(r'href="(/accounts/\?[^"]+)"', page)}

    assert len(links) > 15
    for link in links:
        answer = client.get(link)
        assert (answer.status_code, answer.context["state"].ignored) == (200, ()), link


def test_words_stand_in_the_handbook_s_order_and_people_by_arr(decided: World, client_for: ClientFor) -> None:
    decided.assign(decided.funland, decided.tessa)
    cuts = {
        cut.key: [bar.label for bar in cut.bars]
        for cut in client_for(decided.ops).get("/reports/portfolio/").context["report"].cuts
    }

    assert cuts["gemstone"] == ["Diamond", "Pearl", "Sapphire", "Ruby", "Quartz"]
    assert cuts["region"] == ["EMEA", "US East", "APAC"]
    assert cuts["tam"] == ["Tam Technical", "No TAM", "Tessa Technical"]


def test_a_sentence_says_what_the_chart_shows(decided: World, client_for: ClientFor) -> None:
    cuts = {cut.key: cut.sentence for cut in client_for(decided.ops).get("/reports/portfolio/").context["report"].cuts}

    assert cuts["gemstone"] == "Diamond holds 54 % of the ARR in 1 account"
    assert cuts["region"] == "EMEA holds 96 % of the ARR in 4 accounts"


def test_the_charts_draw_the_figures_of_the_tables(decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.ops).get("/reports/portfolio/?by=accounts").content.decode()
    found = re.search(r'<script id="d-charts" type="application/json">(.*?)</script>', page)
    assert found
    charts = json.loads(found.group(1))

    assert [(bar["label"], bar["value"], bar["shown"]) for bar in charts["region"]] == [
        ("EMEA", 4, "4"),
        ("US East", 2, "2"),
        ("APAC", 1, "1"),
    ]


@pytest.mark.parametrize(("who", "accounts"), [("tam", 4), ("tessa", 2), ("mona", 6), ("exa", 7)])
def test_it_counts_only_what_the_reader_sees(decided: World, client_for: ClientFor, who: str, accounts: int) -> None:
    assert client_for(decided.people[who]).get("/reports/portfolio/").context["report"].accounts == accounts


def test_an_outsider_is_not_told_that_there_is_one(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.olga).get("/reports/portfolio/").status_code == 404
    assert client_for(decided.olga).get("/reports/portfolio/export/").status_code == 404


def test_without_accounts_it_says_so(world: World, client_for: ClientFor) -> None:
    AccountSummary.objects.all().delete()
    page = client_for(world.ops).get("/reports/portfolio/").content.decode()

    assert "Nothing to report yet" in page
    assert "d-charts" not in page


def test_the_file_holds_the_figures_and_no_formula_and_is_in_the_log(decided: World, client_for: ClientFor) -> None:
    AccountSummary.objects.filter(name="Big Donut").update(region="=cmd()")
    portfolio.fold()
    answer = client_for(decided.ops).get("/reports/portfolio/export/")
    lines = answer.content.decode("utf-8-sig").splitlines()

    assert lines[0] == "By,Value,Accounts,ARR (USD)"
    assert "gemstone,Diamond,1,1250000.00" in lines
    assert "region,'=cmd(),1,18000.00" in lines
    assert Event.objects.filter(verb="report.exported").count() == 1


def test_its_queries_do_not_grow_with_accounts(decided: World, client_for: ClientFor) -> None:
    client, counts = client_for(decided.ops), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get("/reports/portfolio/")
        counts.append(len(seen))
        decided.more_accounts(20)

    assert counts[0] == counts[1] <= 20


def test_many_tams_are_cut_and_the_list_holds_the_rest(decided: World, client_for: ClientFor) -> None:
    people = User.objects.bulk_create(User(email=f"t{n}@example.com", name=f"Tam {n:02}") for n in range(14))
    for row, person in zip(decided.more_accounts(14), people, strict=True):
        AccountSummary.objects.filter(pk=row.pk).update(tam=person, tam_name=person.name, arr_minor=person.pk)
    client = client_for(decided.ops)
    cut = next(cut for cut in client.get("/reports/portfolio/").context["report"].cuts if cut.key == "tam")

    assert (len(cut.bars), cut.rest, cut.accounts) == (12, 4, 21)
    assert len(client.get(f"/accounts/?{cut.query}").context["groups"]) == 16
