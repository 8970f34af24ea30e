"""The form that a customer fills in without log-in: what it shows, what becomes of answers, how it ends, how often it may be asked."""

from datetime import timedelta
from typing import Any

import time_machine
from django.test import Client

from tenure.actions import profiles, profiles_sheets
from tenure.models import Contact, Event, Notice, ProfileProposal, ProfileSheet, ProfileValue
from tests import work
from tests.world import AT, TODAY, World

DAY = timedelta(days=1)
FIELDS = ("version", "nodes", "frameworks", "hosted", "second_contact", "why")


def make(world: World, fields: tuple[str, ...] = FIELDS, **more: Any) -> tuple[ProfileSheet, str]:
    given: dict[str, Any] = {"title": "Before the kick-off", "today": TODAY, "at": world.at, **more}
    sheet, token = profiles_sheets.make(world.homeworld, fields=fields, actor=work.fresh(world.tam), **given)
    return sheet, f"/answers/{token}/"


ANSWERS = {
    "version": " 16.5 ", "nodes": "3", "frameworks": ["gdpr", "soc2"], "hosted": "no", "second_contact": "Bo; the second",
    "second_contact-email": "bo@example.com", "why": "", "from_name": "Ann Lee",
}  # fmt: skip


def test_it_shows_its_questions_and_nothing_else(world: World, clock: None) -> None:
    profiles.set_value(world.homeworld, "nodes", "77123", learnt_on=TODAY, today=TODAY, actor=None, at=world.at)
    sheet, address = make(world)
    client = Client()

    answer = client.get(address)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Which version runs in production?" in page
    assert "Who inside speaks up for us?" not in page
    assert "77123" not in page
    assert "/accounts/" not in page
    assert "/login" not in page
    assert client.cookies == {}
    assert (answer["Referrer-Policy"], answer["Cache-Control"], answer["X-Robots-Tag"]) == (
        "no-referrer",
        "no-store",
        "noindex, nofollow",
    )
    sheet.refresh_from_db()
    assert sheet.opened_at == AT


def test_answers_wait_as_proposals_and_the_owner_is_told(world: World, clock: None) -> None:
    _, address = make(world)

    answer = Client().post(address, ANSWERS)

    assert "5 answers arrived. They are looked at before they count" in answer.content.decode()
    assert {row.field: row.value for row in ProfileProposal.objects.all()} == {
        "version": "16.5", "nodes": 3, "frameworks": ["soc2", "gdpr"], "hosted": False,
        "second_contact": {"name": "Bo, the second", "email": "bo@example.com"},
    }  # fmt: skip
    assert {row.from_name for row in ProfileProposal.objects.all()} == {"Ann Lee"}
    assert ProfileValue.objects.count() == 0
    notice = Notice.objects.get(channel="app")
    assert (notice.user, notice.kind, notice.title) == (world.tam, "profile_answers", "Homeworld Inc.: 5 answers from Ann Lee")
    assert notice.url == f"/accounts/{world.homeworld.pk}/business/"  # where what the TAM answers for begins
    assert Client().get(address).status_code == 404
    assert Client().post(address, ANSWERS).status_code == 404
    assert ProfileProposal.objects.count() == 5


def test_what_cannot_be_read_is_told_and_everything_typed_is_kept(world: World, clock: None) -> None:
    _, address = make(world)
    client = Client()

    wrong = client.post(address, {**ANSWERS, "nodes": "three", "from_name": " "})

    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "2 answers need another look. Everything that you typed is kept." in page
    assert "&#x27;three&#x27; is no number. Write digits only, like 1200 or 12.5." in page
    assert "Say who you are." in page
    assert (ProfileProposal.objects.count(), Notice.objects.count()) == (0, 0)
    again = Client().get(address).content.decode()  # another browser, the same link
    assert 'value="three"' in again
    assert 'value="bo@example.com"' in again
    assert 'value="gdpr" checked' in again


def test_a_part_is_kept_for_later_and_counts_nothing_yet(world: World, clock: None) -> None:
    sheet, address = make(world)

    kept = Client().post(address, {"why": "Audits", "from_name": "Ann", "later": "1"})

    assert "Come back with the same link" in kept.content.decode()
    assert ">Audits</textarea>" in Client().get(address).content.decode()
    sheet.refresh_from_db()
    assert (sheet.answered_at, sheet.draft) == (None, {"why": "Audits", "from_name": "Ann"})
    assert (
        "1 answer arrived. It is looked at before it counts"
        in Client().post(address, {"why": "Audits", "from_name": "Ann"}).content.decode()
    )
    sheet.refresh_from_db()
    assert sheet.draft == {}


def test_blank_answers_are_refused(world: World, clock: None) -> None:
    _, address = make(world)

    blank = Client().post(address, {"from_name": "Ann"})

    assert blank.status_code == 422
    assert "Answer at least one question." in blank.content.decode()


def test_an_unknown_an_old_and_an_ended_link_get_the_same_answer(world: World) -> None:
    (ended, one), (_, two) = make(world), make(world, days=2)
    profiles_sheets.revoke(ended, actor=work.fresh(world.tam), at=world.at)

    with time_machine.travel(AT + 2 * DAY, tick=False):
        answers = [Client().get(address) for address in ("/answers/guess/", one, two)]
        posted = [Client().post(address, ANSWERS) for address in ("/answers/guess/", one, two)]

    assert {answer.status_code for answer in [*answers, *posted]} == {404}
    assert len({answer.content for answer in [*answers, *posted]}) == 1
    assert "This link doesn't work any more" in answers[0].content.decode()
    assert (ProfileProposal.objects.count(), Event.objects.filter(verb="profile_sheet.opened").count()) == (0, 0)


def test_it_is_limited_in_rate(world: World, clock: None) -> None:
    answers = [Client().get(f"/answers/guess-{n}/").status_code for n in range(61)]

    assert answers == [404] * 60 + [429]


def test_a_body_that_is_too_large_is_not_read(world: World, clock: None) -> None:
    _, address = make(world)

    assert Client().post(address, {"why": "x" * (7 * 1024 * 1024), "from_name": "Ann"}).status_code == 413
    assert ProfileSheet.objects.get().draft == {}


def test_the_link_goes_out_by_mail_where_asked(world: World) -> None:
    ann = Contact.objects.create(
        account=world.homeworld, name="Ann", email="Ann@example.com", created_at=world.at, updated_at=world.at
    )

    _, address = make(world, contact=ann, mail=True)

    mail = Notice.objects.get()
    assert (mail.channel, mail.address, mail.kind, mail.state, mail.url) == (
        "mail",
        "ann@example.com",
        "profile_sheet",
        "queued",
        address,
    )
    assert (
        mail.body
        == "Tam Technical asks you 6 questions about Homeworld Inc. The link works until 16 December 2026; it needs no log-in."
    )


def test_a_null_byte_is_left_out(world: World, clock: None) -> None:
    _, address = make(world)

    assert Client().post(address, {**ANSWERS, "from_name": "An\x00n", "why": "Spe\x00ed"}).status_code == 200
    given = ProfileProposal.objects.values_list("field", "from_name", "value")
    assert {name for _, name, _ in given} == {"Ann"}
    assert [value for field, _, value in given if field == "why"] == ["Speed"]


def test_a_link_does_its_work_once(world: World, clock: None) -> None:
    _, address = make(world)
    sent = Client().post(address, ANSWERS)
    before = (ProfileProposal.objects.count(), Event.objects.count())

    again, back = Client().post(address, ANSWERS), Client().get(address)

    assert (sent.status_code, again.status_code, back.status_code) == (200, 404, 404)
    assert "This link doesn't work any more" in again.content.decode()
    assert (ProfileProposal.objects.count(), Event.objects.count()) == before


def test_who_only_tries_the_address_has_not_opened_it(world: World, clock: None) -> None:
    sheet, address = make(world)

    assert (Client().head(address).status_code, Client().head("/answers/guess/").status_code) == (200, 404)
    sheet.refresh_from_db()
    assert sheet.opened_at is None


def test_nothing_that_goes_wrong_leads_a_customer_into_tenure(world: World, clock: None) -> None:
    _, address = make(world)
    answers = [
        Client().get("/answers/guess/"),
        Client().get(f"{address}more/"),
        Client().put(address),
        Client().post(address, {"why": "x" * (7 * 1024 * 1024)}),
    ]
    for number in range(61):
        Client().get(f"/answers/guess-{number}/")
    answers.append(Client().get("/answers/guess/"))

    assert [answer.status_code for answer in answers] == [404, 404, 405, 413, 429]
    for answer in answers:
        page = answer.content.decode()
        assert [word for word in ("/login", 'href="/"', "Home", "Tenure", "Imports", "log-in") if word in page] == []
        assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert answers[-1]["Retry-After"] == "60"


def test_a_choice_can_be_taken_back_and_what_is_wrong_is_listed_with_links(world: World, clock: None) -> None:
    _, address = make(world, ("hosted", "nodes", "why"))

    page = Client().get(address).content.decode()
    assert '<input class="form-check-input" type="radio" name="hosted" value="" checked>No answer' in page

    page = Client().post(address, {"hosted": "yes", "nodes": "many", "why": "", "from_name": ""}).content.decode()
    assert ('href="#q-nodes"' in page, 'href="#q-from_name"' in page, 'href="#q-why"' in page) == (True, True, False)
    assert page.count("autofocus") == 1
    assert "autofocus" in page[page.index('id="q-nodes"') : page.index('id="q-why"')]
    assert '<input class="form-check-input" type="radio" name="hosted" value="yes" checked>Yes' in page


def test_of_a_person_name_and_mail_are_asked_and_the_rest_is_behind_more_until_something_is_told(
    world: World, clock: None
) -> None:
    _, address = make(world, ("second_contact",))
    client = Client()
    page = client.get(address).content.decode()
    first, _, rest = page.partition('<details class="ans-more">')
    asked = ["second_contact", "second_contact-email"]
    behind = ["second_contact-title", "second_contact-role", "second_contact-phone", "second_contact-salutation"]
    assert [f'name="{name}"' in first for name in (*asked, *behind)] == [True, True, False, False, False, False]
    assert all(f'name="{name}"' in rest.partition("</details>")[0] for name in behind)

    wrong = client.post(
        address, {"second_contact": "Bo", "second_contact-email": "bo", "second_contact-phone": "1", "from_name": "Ann"}
    )

    assert wrong.status_code == 422
    assert ('<details class="ans-more" open>' in wrong.content.decode(), ProfileProposal.objects.count()) == (True, 0)
