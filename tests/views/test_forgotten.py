"""Forgotten passwords: the same answer for everybody, a mail for who has a log-in, a link that works once and not for long."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from tenure.actions import passwords as actions
from tenure.actions import two_step
from tenure.actions import users as people
from tenure.actions.refusals import Refused
from tenure.models import Event, User
from tenure.queries import passwords
from tenure.queries.users import history
from tests.views.test_login import SECRET, code, enter, logged_in
from tests.world import AT, PASSWORD, World

NEW = "quite another password"


def ask(email: str, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post("/login/forgotten/", {"email": email})


def work() -> None:
    """What a worker does."""
    for row in DBTaskResult.objects.all():
        row.task.call(*row.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def link_of(email: str) -> str:
    """The path of the link that was mailed to this address last."""
    body = next(letter.body for letter in reversed(mail.outbox) if letter.to == [email])
    found = re.search(r"http://127\.0\.0\.1:8000(/login/password/\S+)", body)
    assert found is not None
    return found[1]


def choose(link: str, word: str = NEW, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(link, {"password": word, "again": word})


def kept(world: World) -> dict[str, str]:
    return {name: User.objects.get(pk=user.pk).password for name, user in world.people.items()}


def test_a_forgotten_password_is_replaced_by_a_link_from_the_mail(world: World) -> None:
    answer = ask(" TAM@example.com ")
    assert (answer.status_code, answer["Location"]) == (302, "/login/forgotten/?sent=1")
    assert mail.outbox == []  # nobody waits for the mail server

    work()
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [(["tam@example.com"], "A new password for Tenure")]
    assert choose(link_of("tam@example.com"))["Location"] == "/login/"

    client = Client()
    enter(client, "tam@example.com", NEW)
    assert logged_in(client)
    events = Event.objects.filter(noun="user", object_id=world.tam.pk).order_by("id").values_list("verb", "actor_id")
    assert list(events) == [("user.link_made", None), ("user.password_set", world.tam.pk)]
    assert [(line.title, line.detail) for line in history(world.tam)] == [
        ("Set a password", ""),
        ("Link to set a password made", "asked for at log-in"),
    ]


def test_whether_an_address_is_known_can_not_be_told_from_answer_or_work(world: World) -> None:
    people.deactivate(world.ari, actor=world.ada, at=AT)
    before = Event.objects.count()

    found = []
    for email in ("tam@example.com", "nobody@example.com", "ari@example.com"):
        client = Client()
        answer = ask(email, client)
        page = client.get(answer["Location"]).content.decode()
        found.append((answer.status_code, answer["Location"], re.sub("[A-Za-z0-9]{64}", "", page)))
    assert found[0] == found[1] == found[2]
    assert "If somebody logs in with that address" in found[0][2]
    assert (DBTaskResult.objects.count(), Event.objects.count()) == (3, before)

    work()
    assert [letter.to for letter in mail.outbox] == [["tam@example.com"]]
    assert Event.objects.count() == before + 1


@pytest.mark.parametrize("wrong", ["", "tam", "tam@", "a@b.c\nBcc: d@e.f"])
def test_what_is_no_address_is_said_at_once(world: World, wrong: str) -> None:
    answer = ask(wrong)

    assert answer.status_code == 422
    assert "isn&#x27;t a mail address." in answer.content.decode()
    assert DBTaskResult.objects.count() == 0


@pytest.mark.parametrize("email", ["tam@example.com", "nobody@example.com"])
def test_asking_too_often_is_refused_for_known_and_unknown_addresses(world: World, email: str) -> None:
    assert [ask(email).status_code for _ in range(6)] == [302, 302, 302, 302, 302, 429]

    assert "Try again in an hour." in ask(email).content.decode()
    assert DBTaskResult.objects.count() == 5


def test_asking_for_many_addresses_from_one_place_is_refused(world: World) -> None:
    states = [ask(f"somebody{number}@example.com").status_code for number in range(31)]

    assert states == [302] * 30 + [429]


def test_a_link_that_was_asked_for_ends_after_an_hour_and_that_of_an_administrator_after_three_days(world: World) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        asked = reverse("login:password", args=passwords.parts(world.tam, forgotten=True))
        given = reverse("login:password", args=passwords.parts(world.tam))
        before = kept(world)

        clock.shift(timedelta(hours=1))
        assert [Client().get(link).status_code for link in (asked, given)] == [200, 200]
        clock.shift(timedelta(seconds=1))
        assert [Client().get(link).status_code for link in (asked, given)] == [410, 200]
        assert choose(asked).status_code == 410
        clock.shift(timedelta(days=3))
        assert choose(given).status_code == 410

    assert kept(world) == before


def test_a_link_works_once_and_ends_the_others(world: World) -> None:
    ask("tam@example.com")
    ask("tam@example.com")
    with time_machine.travel(AT, tick=True):
        work()
        first, second = (re.search(r"8000(\S+)", letter.body)[1] for letter in mail.outbox)  # type: ignore[index]
        choose(first)
        after = kept(world)

        assert [choose(first, "a third password here").status_code, choose(second, "a third password here").status_code] == [
            410
        ] * 2
        assert kept(world) == after


def test_a_link_fits_one_person_only(world: World) -> None:
    before = kept(world)
    (_, of_tam), (tessa, _) = passwords.parts(world.tam, forgotten=True), passwords.parts(world.tessa, forgotten=True)

    assert choose(reverse("login:password", args=(tessa, of_tam))).status_code == 410
    assert kept(world) == before
    assert Event.objects.count() == 0


def test_a_link_ends_with_the_log_in_and_with_the_address(world: World) -> None:
    links = {name: reverse("login:password", args=passwords.parts(world.people[name], forgotten=True)) for name in ("tam", "ari")}
    people.deactivate(world.ari, actor=world.ada, at=AT)
    profile = people.profile_of(world.tam)
    people.change(world.tam, type(profile)(**{**vars(profile), "email": "new@example.com"}), actor=world.ada, at=AT)
    before = kept(world)

    assert [choose(link).status_code for link in links.values()] == [410, 410]
    assert kept(world) == before


@pytest.mark.parametrize("word", ["short", "password12", "tam@example.com"])
def test_a_new_password_keeps_the_rules(world: World, word: str) -> None:
    before = kept(world)
    link = reverse("login:password", args=passwords.parts(world.tam, forgotten=True))

    assert choose(link, word).status_code == 422
    differs = Client().post(link, {"password": NEW, "again": f"{NEW}!"})

    assert (differs.status_code, "The two differ." in differs.content.decode()) == (422, True)
    assert kept(world) == before
    assert choose(link)["Location"] == "/login/"


def test_the_sessions_of_the_person_end_and_those_of_others_do_not(world: World) -> None:
    tam, tessa = Client(), Client()
    enter(tam, "tam@example.com")
    enter(tessa, "tessa@example.com")
    world.tam.refresh_from_db()

    choose(reverse("login:password", args=passwords.parts(world.tam, forgotten=True)))

    assert tam.get("/profile/").status_code == 302
    assert tessa.get("/profile/").status_code == 200


def test_the_second_step_stays_in_the_way(world: World) -> None:
    two_step.turn_on(world.tam, SECRET, code(), at=AT)
    client = Client()

    assert (
        choose(reverse("login:password", args=passwords.parts(world.tam, forgotten=True)), client=client)["Location"] == "/login/"
    )
    assert not logged_in(client)
    answer = enter(client, "tam@example.com", NEW)

    assert answer["Location"].startswith("/login/code/")  # type: ignore[index]
    assert not logged_in(client)
    assert two_step.is_on(world.tam)


def test_who_guessed_too_often_gets_in_with_the_new_password_at_once(world: World) -> None:
    client = Client()
    for _ in range(6):
        enter(client, "tam@example.com", "not the password")
    assert enter(client, "tam@example.com").status_code == 429  # type: ignore[attr-defined]

    choose(reverse("login:password", args=passwords.parts(world.tam, forgotten=True)), client=client)
    enter(client, "tam@example.com", NEW)

    assert logged_in(client)


def test_of_two_tries_with_one_link_the_second_is_refused(world: World) -> None:
    uid, token = passwords.parts(world.tam, forgotten=True)
    actions.choose_by_link(uid, token, NEW, at=AT)

    with pytest.raises(Refused, match="This link has ended") as refused:
        actions.choose_by_link(uid, token, "a third password here", at=AT)

    assert refused.value.code == "not_found"
    assert User.objects.get(pk=world.tam.pk).check_password(NEW)
    assert not User.objects.get(pk=world.tam.pk).check_password(PASSWORD)


def test_the_pages_with_links_are_kept_by_nobody(world: World) -> None:
    answer = Client().get(reverse("login:password", args=passwords.parts(world.tam, forgotten=True)))

    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_without_a_mail_server_the_answer_says_where_mails_lie(world: World, settings: object) -> None:
    assert "in the folder" in Client().get("/login/forgotten/?sent=1").content.decode()

    settings.MAILS_LEAVE = True  # type: ignore[attr-defined]
    assert "in the folder" not in Client().get("/login/forgotten/?sent=1").content.decode()
