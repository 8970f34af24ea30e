"""Texts of the handbook where they are needed: on the steps that name them, filled with what is known, with the rest left to fill in."""

import html
from datetime import date, timedelta
from typing import Any

from tenure.actions import activities, playbooks, tasks
from tenure.models import Activity, CallToAction, ServiceDelivery, Task
from tenure.queries import handbook, texts
from tests import work
from tests.conftest import ClientFor
from tests.entries import planned
from tests.world import World

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)


def new(world: World, client: Any, query: str = "") -> Any:
    return client.get(f"/accounts/{world.homeworld.pk}/activities/new/?{query}", headers=HTMX)


def outreach(world: World) -> CallToAction:
    """Unsuccessful engagement, begun today: its steps name texts."""
    use = playbooks.apply(
        world.homeworld, "unsuccessful_engagement", start=world.today, today=world.today, actor=work_user(world), at=world.at
    )
    return CallToAction.objects.get(playbook_use=use)


def work_user(world: World) -> Any:
    return work.fresh(world.ari)


def drawer(client: Any, row: CallToAction) -> str:
    return str(client.get(f"/ctas/{row.pk}/", headers=HTMX).content.decode())


def test_a_step_offers_the_text_that_it_names(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    html = drawer(client, row)

    link = f"/accounts/{world.homeworld.pk}/activities/new/?cta={row.pk}&amp;template="
    steps = {step["key"]: step["template"] for step in row.playbook_use.version.text["steps"] if step["template"]}  # type: ignore[union-attr]
    assert set(steps.values()) == {"keep_in_touch", "product_features", "release_education", "version_benefits", "feedback_form"}
    assert [f"{link}{template}" in html for template in steps.values()] == [True] * 5
    assert html.count("Write from template") == 5
    task = row.tasks.get(key="licence_version")
    for verb in ("", "done/"):
        dialog = client.get(f"/tasks/{task.pk}/{verb}", headers=HTMX).content.decode()
        assert f"{link}version_benefits" in dialog


def test_a_step_without_a_text_or_one_that_is_done_offers_none(world: World, client_for: ClientFor) -> None:
    row, client = work.cta(world), client_for(world.tam)
    work.task(world, row, "Ask")

    assert "Write from template" not in drawer(client, row)
    out = outreach(world)
    Task.objects.filter(cta=out).update(status="done")
    assert "Write from template" not in drawer(client_for(world.ari), out)


def test_the_form_opens_with_the_text_filled_and_the_primary_contact_ticked(world: World, client_for: ClientFor) -> None:
    row = outreach(world)
    response = new(world, client_for(world.ari), f"cta={row.pk}&template=release_education")

    values, carol = response.context["v"], texts.primary(list(world.homeworld.contacts.filter(deleted_at=None)))
    assert carol is not None
    assert (values["kind"], values["template"], values["cta"], values["attendee"]) == (
        "email",
        "release_education",
        str(row.pk),
        {carol.pk},
    )
    assert values["subject"] == "What is new in GitLab 19.5"
    assert values["body"].startswith(f"Dear {texts.addressed(carol)},\n\nGitLab 19.5 was released on 15 October 2026.")
    assert values["body"].endswith("Ari Account")
    assert (response.context["left"], "{" in values["body"]) == ([], False)


def test_what_is_not_known_stays_a_blank_that_the_form_names(world: World, client_for: ClientFor) -> None:
    response = new(world, client_for(world.tam), "template=product_features")

    assert response.context["v"]["subject"] == "A feature that may help you: [feature]"
    assert response.context["left"] == ["[feature]"]
    assert "Still to fill in: <span>[feature]</span>" in response.content.decode()
    blank = new(world, client_for(world.tam), "template=version_benefits")
    assert blank.context["left"] == ["[version]", "[releases behind]"]


def test_a_version_is_compared_with_the_latest_release(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = row.tasks.get(key="licence_version")
    ask = client.get(f"/tasks/{task.pk}/done/", headers=HTMX).content.decode()
    assert "The latest release is GitLab 19.5 of 15 October 2026" in ask
    assert '<textarea class="inp" name="answer-latest" rows="2" maxlength="2000">GitLab 19.5</textarea>' in ask
    task.after.clear()
    tasks.done(task, {"version": "v19.2.1-ee", "latest": "GitLab 19.5"}, actor=work_user(world), at=world.at)

    assert "3 releases behind GitLab 19.5 of 15 October 2026" in drawer(client, row)
    text = new(world, client, "template=version_benefits").context["v"]["body"]
    assert "you use v19.2.1-ee and are 3 releases behind: the latest release is GitLab 19.5 of 15 October 2026." in text


def test_the_version_that_an_import_tells_comes_first(world: World) -> None:
    pack, account = handbook.pack(), world.homeworld
    assert texts.version_of(account, pack) == ""
    subscription = account.subscriptions.order_by("-start_date").first()
    assert subscription is not None
    subscription.custom = {"gitlab_version": "18.1"}
    subscription.save(update_fields=["custom"])
    assert texts.version_of(account, pack) == "18.1"
    account.custom = {"version": "18.3"}
    assert texts.version_of(account, pack) == "18.3"
    assert texts.gap("18.3", date(2026, 11, 16), pack) == "14 releases behind GitLab 19.5 of 15 October 2026"
    assert [texts.gap(word, date(2026, 11, 16), pack) for word in ("19.5", "soon")] == [
        "up to date with GitLab 19.5 of 15 October 2026",
        "",
    ]


def test_the_cta_of_a_schedule_begins_with_its_own_text(world: World, client_for: ClientFor) -> None:
    row, client = work.cta(world), client_for(world.tam)
    for rule, kind, template, verb in (
        ("release_education", "email", "release_education", "Write from template"), ("business_review", "ebr", "ebr", "Log executive business review"),
        ("cadence_call", "call", "cadence_call", "Log call"), ("health_update", "call", "cadence_call", "Log call"),
    ):  # fmt: skip
        CallToAction.objects.filter(pk=row.pk).update(rule=rule, origin="schedule")
        values = new(world, client, f"cta={row.pk}").context["v"]
        assert (values["kind"], values["template"], verb in drawer(client, row)) == (kind, template, True), rule


def test_another_account_s_cta_and_an_unknown_text_change_nothing(world: World, client_for: ClientFor) -> None:
    row, client = work.cta(world, world.big_donut, owner=None), client_for(world.tam)
    CallToAction.objects.filter(pk=row.pk).update(rule="release_education")

    values = new(world, client, f"cta={row.pk}&template=nothing").context["v"]
    assert (values["kind"], values["template"]) == ("call", "cadence_call")


# --- services that an entry delivers


def send(world: World, client: Any, url: str, **fields: Any) -> Any:
    given = {"kind": "call", "subject": "Cadence call", "happened_at": "2026-11-16T09:30", "minutes": "30", **fields}
    return client.post(url, given, headers=HTMX)


def test_the_form_chooses_the_service_that_an_entry_delivers(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    first = new(decided, client)

    assert first.context["v"]["service"] == "cadence_calls"
    assert '<option value="cadence_calls" selected>' in first.content.decode()
    assert first.context["delivers"]["templates"]["ebr"] == "ebr"
    assert first.context["delivers"]["kinds"] == {"call": "cadence_calls", "meeting": "cadence_calls", "ebr": "ebr"}
    assert [new(decided, client, f"template={key}").context["v"]["service"] for key in ("kick_off", "ebr", "release_education", "welcome_mail")] == [
        "", "ebr", "feature_updates", "",
    ]  # fmt: skip
    mail = new(decided, client, "kind=update").context["v"]
    assert (mail["kind"], mail["service"]) == ("update", "")


def test_an_account_that_does_not_get_it_is_offered_none(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.ops).get(f"/accounts/{decided.big_donut.pk}/activities/new/", headers=HTMX)

    assert response.status_code == 403 or response.context["v"].get("service", "") == ""


def test_a_plan_that_is_written_up_delivers_its_service_once(decided: World, client_for: ClientFor) -> None:
    row, client = planned(decided, template="cadence_call"), client_for(decided.tam)
    url = f"/activities/{row.pk}/hold/"
    assert client.get(url, headers=HTMX).context["v"]["service"] == "cadence_calls"
    send(decided, client, url, service="cadence_calls")

    assert [(one.service, one.delivered_on, one.activity_id, one.minutes) for one in ServiceDelivery.objects.all()] == [
        ("cadence_calls", decided.today, row.pk, 30)
    ]
    assert send(decided, client, url, service="cadence_calls").status_code in (404, 422)
    assert ServiceDelivery.objects.filter(deleted_at=None).count() == 1


def test_taking_the_write_up_back_takes_the_delivery_back(decided: World, client_for: ClientFor) -> None:
    row, client = planned(decided), client_for(decided.tam)
    send(decided, client, f"/activities/{row.pk}/hold/", service="cadence_calls")
    client.post(f"/activities/{row.pk}/undo/", headers=HTMX)

    row.refresh_from_db()
    assert row.planned
    assert not ServiceDelivery.objects.filter(deleted_at=None).exists()


def test_undoing_a_change_keeps_the_delivery(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    send(decided, client, f"/accounts/{decided.homeworld.pk}/activities/new/", service="cadence_calls")
    row = Activity.objects.get()
    activities.update(row, {"subject": "Other"}, today=decided.today, actor=work.fresh(decided.tam), at=decided.at)
    client.post(f"/activities/{row.pk}/undo/", headers=HTMX)

    assert ServiceDelivery.objects.filter(deleted_at=None, activity=row).count() == 1


def test_a_service_that_cannot_be_delivered_leaves_the_plan_as_it_was(decided: World, client_for: ClientFor) -> None:
    row, client = planned(decided), client_for(decided.tam)
    response = send(decided, client, f"/activities/{row.pk}/hold/", service="qbr")

    row.refresh_from_db()
    said = response.context["errors"]["service"]
    assert (response.status_code, said in html.unescape(response.content.decode())) == (422, True)
    assert (row.planned, ServiceDelivery.objects.count()) == (True, 0)


# --- the step for which one writes is done with the entry


def step_of(row: CallToAction, key: str) -> Task:
    found: Task = row.tasks.get(key=key)
    return found


def written(world: World, client: Any, **fields: Any) -> Any:
    given = {"kind": "email", "subject": "Hello", "happened_at": "2026-11-16T08:30", "body": "Dear Carol", **fields}
    return client.post(f"/accounts/{world.homeworld.pk}/activities/new/", given, headers=HTMX)


def free_step(row: CallToAction) -> Task:
    """A step with a text that waits for nothing and asks for nothing."""
    found: Task = row.tasks.get(key="keep_in_touch")
    found.after.clear()
    return found


def test_the_step_from_which_one_writes_is_done_with_the_entry(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = free_step(row)
    link = f"cta={row.pk}&amp;template=keep_in_touch&amp;step={task.pk}"
    assert link in drawer(client, row)
    response = new(world, client, link.replace("&amp;", "&"))
    html = response.content.decode()
    assert f'<input type="hidden" name="from_step" value="{task.pk}">' in html
    assert f'name="step" value="{task.pk}" checked>' in html

    assert written(world, client, cta=row.pk, template="keep_in_touch", step=task.pk, from_step=task.pk).status_code == 204

    task.refresh_from_db()
    entry = Activity.objects.get()
    assert (task.status, task.done_by, task.done_at) == ("done", world.ari, entry.created_at)
    row.refresh_from_db()
    assert (row.is_open, row.tasks_done) == (True, 1)
    client.post(f"/activities/{entry.pk}/delete/")
    task.refresh_from_db()
    assert (task.status, task.done_at) == ("open", None)
    client.post(f"/activities/{entry.pk}/restore/")
    task.refresh_from_db()
    assert task.status == "done"


def test_unticked_the_step_stays_open(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = free_step(row)

    written(world, client, cta=row.pk, template="keep_in_touch", from_step=task.pk)

    assert (Activity.objects.count(), Task.objects.get(pk=task.pk).status) == (1, "open")


def test_a_step_that_waits_or_asks_is_not_ticked_and_says_why(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task, other = step_of(row, "keep_in_touch"), work.task(world, row, "Find the right person")
    task.after.set([other])
    html = new(world, client, f"cta={row.pk}&template=keep_in_touch&step={task.pk}").content.decode()
    assert ("stays open: first comes Find the right person." in html, 'name="step"' in html) == (True, False)

    task.after.clear()
    task.asked = [{"key": "said", "label": "What was said", "kind": "text", "required": True}]
    task.save()
    html = new(world, client, f"cta={row.pk}&template=keep_in_touch&step={task.pk}").content.decode()
    assert ("it asks for What was said. Tick it in its CTA." in html, 'name="step"' in html) == (True, False)
    task.asked = [{"key": "said", "label": "What was said", "kind": "text"}]
    task.save()
    html = new(world, client, f"cta={row.pk}&template=keep_in_touch&step={task.pk}").content.decode()
    assert f'name="step" value="{task.pk}">' in html


def test_a_step_that_cannot_be_done_refuses_the_entry_and_nothing_is_written(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = step_of(row, "keep_in_touch")
    task.after.set([work.task(world, row, "Find the right person")])
    before = work.content()

    response = written(world, client, cta=row.pk, step=task.pk, from_step=task.pk)

    assert (response.status_code, response.context["errors"]["step"]) == (422, "First comes: Find the right person.")
    assert (Activity.objects.count(), work.content()) == (0, before)


def test_a_step_that_is_done_by_then_or_of_another_account_changes_nothing_else(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = free_step(row)
    done = tasks.done(task, actor=work_user(world), at=world.at)
    assert done is not None
    written(world, client, cta=row.pk, step=task.pk, from_step=task.pk)
    assert (Activity.objects.count(), Task.objects.get(pk=task.pk).done_at) == (1, world.at)

    strange = work.task(world, work.cta(world, world.beach_city, owner=None), "Not here", owner=None)
    response = written(world, client_for(world.mona), subject="Other", step=strange.pk)
    assert response.context["errors"]["step"] == "This step belongs to another account."
    assert Task.objects.get(pk=strange.pk).status == "open"


def test_a_draft_keeps_whether_its_step_is_ticked(world: World, client_for: ClientFor) -> None:
    row, client = outreach(world), client_for(world.ari)
    task = free_step(row)
    for more, ticked in (({"step": task.pk}, " checked"), ({}, "")):
        given = {"kind": "email", "subject": "Half", "body": "Dear", "from_step": task.pk, **more}
        client.post(f"/accounts/{world.homeworld.pk}/activities/draft/", given, headers=HTMX)
        assert f'name="step" value="{task.pk}"{ticked}>' in new(world, client).content.decode()


def test_a_step_whose_cta_closes_with_the_call_counts_as_done(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, type="activity", title="Hold the cadence call")
    CallToAction.objects.filter(pk=row.pk).update(
        rule="cadence_call", origin="schedule", natural_key=f"cadence_call:{world.homeworld.pk}:2026-01-20", reason="Cadence call",
        because={"anchor_day": "2026-01-20", "raise_on": "2026-02-13", "owner_role": "tam"},
    )  # fmt: skip
    task = work.task(world, row, "Talk")
    given = {"kind": "call", "subject": "Talk", "happened_at": world.at - timedelta(hours=1), "step": task}
    activities.log(world.homeworld, given, today=world.today, actor=work.fresh(world.tam), at=world.at)

    row.refresh_from_db()
    task.refresh_from_db()
    assert (row.status, task.status, task.done_by) == ("closed_success", "done", world.tam)
