"""Logging a call by keyboard alone: what is written is kept, people are named, next steps become tasks, and all of it can be taken back."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tenure.actions.activities_fields import NextStep
from tenure.models import Activity, CallToAction, Notice
from tests.browser.conftest import Enter, complaints
from tests.entries import entry, planned
from tests.world import World


def tab_to(page: Page, label: str) -> None:
    """Tab on until the field of this name has the focus."""
    for _ in range(40):
        if page.evaluate(
            "(document.activeElement.labels?.[0]?.innerText ?? document.activeElement.getAttribute('aria-label') ?? '').trim()"
        ).startswith(label):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No field {label} on the way")


def write_notes(page: Page) -> None:
    """Notes that name a colleague, kept as a draft."""
    tab_to(page, "Notes")
    page.keyboard.press("Control+a")
    page.keyboard.type("Runners are slow. Ask @ari")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Notes")).to_have_value("Runners are slow. Ask @[Ari Account] ")
    expect(page.locator("#act-saved")).to_have_text(re.compile(r"Saved \d\d:\d\d"))
    for _ in range(50):
        if Activity.objects.filter(draft=True, body__contains="@[Ari Account]").exists():
            return
        page.wait_for_timeout(100)
    pytest.fail("The draft doesn't hold the name.")


# A page that counts what it asked the server about people, and which answers its script has read to the end.
COUNTED = """() => {
  const counts = document.documentElement.dataset, ask = window.fetch;
  Object.assign(counts, { asked: 0, read: 0 });
  window.fetch = async (url, ...rest) => {
    if (!String(url).includes("/activities/people/")) return ask(url, ...rest);
    counts.asked++;
    const answer = await ask(url, ...rest), read = answer.text.bind(answer);
    answer.text = async () => {
      const words = await read();
      setTimeout(() => counts.read++);
      return words;
    };
    return answer;
  };
}"""


def held_back(page: Page) -> list[Route]:
    """The questions for people that the page asks from now on, which the server doesn't hear yet."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/activities/people/*", hold)
    page.evaluate(COUNTED)
    return waiting


def answered(page: Page, waiting: list[Route]) -> None:
    """Let the server answer the questions that were held back, until the page has read every answer."""
    for _ in range(500):
        counts = page.evaluate("() => ({ ...document.documentElement.dataset })")
        if counts["asked"] == counts["read"]:
            return
        while waiting:
            waiting.pop(0).continue_()
        page.wait_for_timeout(10)
    pytest.fail(f"Asked {counts['asked']} times, read {counts['read']} answers.")


def test_a_call_is_logged_by_keyboard_and_its_next_steps_become_tasks(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/")
    page.keyboard.press("l")
    drawer = page.get_by_role("dialog", name="Log with Homeworld Inc.")
    expect(drawer.get_by_label("Kind")).to_be_focused()
    expect(drawer.get_by_label("Subject")).to_have_value("Cadence call Homeworld Inc.")
    assert complaints(page) == []

    tab_to(page, "Carol")
    page.keyboard.press("Space")
    write_notes(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")  # from "Not said" to Red
    page.keyboard.press("ArrowLeft")
    expect(drawer.get_by_role("radio", name="Yellow")).to_be_checked()
    tab_to(page, "Next step 1")
    page.keyboard.type("Size the runners")
    page.keyboard.press("Enter")
    page.keyboard.type("Send the quote")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("status").filter(has_text="2 tasks added.")).to_be_visible()
    expect(page.locator(".tl").get_by_text("0 of 2 next steps done")).to_be_visible()
    row = Activity.objects.get()
    assert (row.draft, row.kind, row.sentiment, row.template) == (False, "call", "yellow", "cadence_call")
    assert [contact.name for contact in row.attendees.all()] == ["Carol of Homeworld Inc."]
    steps = CallToAction.objects.get(origin="activity").tasks.order_by("position").values_list("title", "owner__name")
    assert list(steps) == [("Size the runners", "Tam Technical"), ("Send the quote", "Tam Technical")]
    assert Notice.objects.filter(user=decided.ari, kind="mention", channel="app").count() == 1


def test_who_types_faster_than_the_server_answers_names_whom_they_typed(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/activities/new/")
    notes = page.get_by_label("Notes")
    options = page.get_by_role("listbox", name="People").get_by_role("option")
    notes.fill("")
    page.keyboard.type("@a")
    expect(options).to_have_count(3)
    waiting = held_back(page)

    page.keyboard.type("ri")
    expect(options).to_have_text(re.compile("Ari Account"))
    page.keyboard.press("Enter")
    expect(notes).to_have_value("@[Ari Account] ")

    page.keyboard.type("and @mon")
    page.keyboard.press("Enter")
    page.keyboard.type("know")
    expect(notes).to_have_value("@[Ari Account] and @monknow")
    answered(page, waiting)
    expect(notes).to_have_value("@[Ari Account] and @[Mona Manager] know")


def test_enter_after_a_name_that_nobody_has_ends_the_line(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/activities/new/")
    notes = page.get_by_label("Notes")
    waiting = held_back(page)
    notes.fill("")

    page.keyboard.type("Lunch @home")
    page.keyboard.press("Enter")
    page.keyboard.type("Then")
    answered(page, waiting)
    expect(notes).to_have_value("Lunch @home\nThen")

    page.keyboard.type(" @home")
    answered(page, waiting)
    page.keyboard.type(" again")
    page.keyboard.press("Tab")
    expect(notes).not_to_be_focused()
    assert waiting == []


def test_an_entry_is_taken_back_with_its_tasks_and_comes_back_with_them(decided: World, enter: Enter, site: str) -> None:
    row = entry(decided, next_steps=[NextStep("Size the runners", decided.tam.pk)])
    page = enter(decided.tam)
    page.goto(f"{site}/activities/{row.pk}/")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").filter(has_text="is deleted.")).to_be_visible()
    assert CallToAction.objects.get(origin="activity").is_open is False

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="is back.")).to_be_visible()
    assert CallToAction.objects.get(origin="activity").is_open is True


def test_another_kind_brings_another_text_and_keeps_what_was_written(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/timeline/")
    page.get_by_role("link", name="Log activity").click()
    drawer = page.get_by_role("dialog")
    notes = drawer.get_by_label("Notes")

    drawer.get_by_label("Kind").select_option("At-risk update")
    expect(notes).to_have_value(re.compile("## What would close it"))
    expect(drawer.get_by_label("Subject")).to_have_value("At risk: Homeworld Inc.")
    drawer.get_by_label("Kind").select_option("Note")
    expect(notes).to_have_value("")
    notes.fill("My own words")
    drawer.get_by_label("Begin with").select_option("Kick-off call")
    expect(notes).to_have_value(re.compile("^My own words\n\n## Why did you buy"))
    expect(drawer.get_by_label("Kind")).to_have_value("call")


def test_what_was_not_finished_is_there_again(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    url = f"{site}/accounts/{decided.homeworld.pk}/timeline/"
    page.goto(url)
    page.get_by_role("link", name="Log activity").click()
    page.get_by_role("dialog").get_by_label("Notes").fill("Half a thought")
    expect(page.locator("#act-saved")).to_have_text(re.compile("Saved"))
    page.keyboard.press("Escape")

    page.goto(url)
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("dialog").get_by_label("Notes")).to_have_value("Half a thought")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_role("status").filter(has_text="The draft is gone.")).to_be_visible()
    assert not Activity.objects.exists()


def test_a_plan_is_written_up_from_the_timeline_on_a_phone(decided: World, enter: Enter, site: str) -> None:
    row = planned(decided, happened_at=decided.at + timedelta(days=2), subject="Security review")
    Activity.objects.filter(pk=row.pk).update(happened_at=decided.at - timedelta(days=1))
    page = enter(decided.tam)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/timeline/?state=planned")
    expect(page.get_by_text("Not written up")).to_be_visible()
    page.get_by_role("link", name="Security review").click()
    page.get_by_role("link", name="Write up").click()
    drawer = page.get_by_role("dialog", name="Write up Security review")
    drawer.get_by_label("Outcome, in a line").fill("They accept the plan")
    assert complaints(page) == []
    drawer.get_by_role("button", name="Log", exact=True).click()

    expect(page.get_by_role("status").filter(has_text="Security review is logged.")).to_be_visible()
    row.refresh_from_db()
    assert (row.planned, row.outcome) == (False, "They accept the plan")


def test_the_feed_narrows_as_one_types_and_opens_an_entry(decided: World, enter: Enter, site: str) -> None:
    entry(decided, subject="Runner capacity", body="## Tickets\nJenkins")
    entry(decided, subject="Invoice", kind="note")
    page = enter(decided.mona)
    page.goto(f"{site}/timeline/")
    page.get_by_role("searchbox", name="Search the notes").fill("jenk")
    expect(page.get_by_role("link", name="Invoice")).to_have_count(0)
    expect(page).to_have_url(re.compile("q=jenk"))
    page.get_by_role("link", name="Runner capacity").click()
    drawer = page.get_by_role("dialog", name="Runner capacity")
    expect(drawer.get_by_role("heading", name="Tickets")).to_be_visible()
    assert complaints(page) == []
    drawer.get_by_label("Comment").fill("Well done")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog").locator(".said")).to_have_text("Well done")


def test_an_account_is_chosen_by_keyboard_for_a_new_entry(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.goto(f"{site}/timeline/")
    page.keyboard.press("l")
    expect(page.get_by_label("Account")).to_be_focused()
    page.keyboard.type("funl")
    expect(page.get_by_role("link", name="Funland Arcade")).to_be_visible()
    expect(page.get_by_role("link", name="Homeworld Inc.")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Log with Funland Arcade").get_by_label("Kind")).to_be_focused()


def test_feedback_is_marked_for_many_and_taken_back(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/timeline/")
    page.get_by_role("link", name="Record").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("What was said").fill("Merge trains should show who waits")
    drawer.get_by_label("customer+").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("link", name="Merge trains should show who waits")).to_be_visible()

    page.goto(f"{site}/feedback/")
    assert complaints(page) == []
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Passed on", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="1 marked: passed on.")).to_be_visible()
    expect(page.locator("tbody").get_by_text("Passed on")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody").get_by_text("Open")).to_be_visible()


def test_a_call_that_is_sent_twice_is_logged_once_and_leaves_no_draft(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/")
    page.keyboard.press("l")
    drawer = page.get_by_role("dialog", name="Log with Homeworld Inc.")
    drawer.get_by_label("Outcome, in a line").fill("They accept")
    drawer.get_by_label("Next step 1").fill("Size the runners")
    page.evaluate("for (let n = 0; n < 3; n++) document.getElementById('act-form').requestSubmit()")

    expect(page.get_by_role("status").filter(has_text="1 task added.")).to_be_visible()
    page.wait_for_timeout(1500)  # longer than a draft waits
    assert list(Activity.objects.values_list("draft", "outcome")) == [(False, "They accept")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_the_forms_are_accessible_and_fit(decided: World, enter: Enter, site: str, width: int, scheme: str) -> None:
    row = entry(decided, body="## News\n- All well", sentiment="green", next_steps=[NextStep("Size the runners", decided.tam.pk)])
    planned(decided)
    page = enter(decided.tam)
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    for path in ("activities/new/", "activities/plan/", "feedback/new/", "timeline/"):
        page.goto(f"{site}/accounts/{decided.homeworld.pk}/{path}")
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        wide = "[...document.querySelectorAll('form.act-form *')].filter(one => one.getBoundingClientRect().right > window.innerWidth).length"
        assert page.evaluate(wide) == 0, path
    page.goto(f"{site}/timeline/")
    page.get_by_role("link", name="Cadence call").first.click()
    expect(page.get_by_role("dialog", name=row.subject)).to_be_visible()
    assert complaints(page) == []
    assert page.evaluate("document.querySelector('.tn-drawer').scrollWidth <= document.querySelector('.tn-drawer').clientWidth")
