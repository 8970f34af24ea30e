"""The profiles of the handbook: what loads, what is refused, reading values, completeness, staleness, questions."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.rules import lint, packs, profilesexamples
from tenure.rules.errors import PackError
from tenure.rules.profiles import ProfileField
from tenure.rules.profilesmeasures import Known, by_role, completeness, questions, stale, stale_on, trust
from tenure.rules.profilesreading import Unreadable, read, read_many, said

DAY = date(2026, 11, 16)
PROFILES = packs.load().profiles


def field(type: str = "text", **more: Any) -> ProfileField:  # noqa: A002
    given: dict[str, Any] = {
        "key": "f", "title": "F", "question": "?", "type": type, "profile": "p", "group": "g", "start": DAY, "captured_by": ("tam",),
        "stage": "discovery", "kept_by": "tam", **more,
    }  # fmt: skip
    return ProfileField(**given)


def test_every_example_of_the_pack_gives_what_it_says() -> None:
    results = list(profilesexamples.examples(packs.load()))

    assert len(results) == 22
    assert [result.message for result in results] == [""] * 22


def test_the_fields_of_both_profiles_by_edition() -> None:
    def counted(day: date) -> list[tuple[int, int]]:
        found = [completeness(PROFILES, {}, day, key) for key in ("business", "technical")]
        return [(one.fields, one.weight) for one in found]

    assert list(PROFILES.shapes) == ["business", "technical"]
    assert counted(date(2018, 5, 31)) == [(0, 0), (0, 0)]
    assert counted(date(2018, 6, 1)) == [(13, 41), (19, 53)]
    assert counted(date(2022, 11, 10)) == [(13, 41), (19, 53)]
    assert counted(date(2022, 11, 11)) == [(23, 75), (28, 69)]


def test_who_answers_for_a_field_before_and_after_the_sale() -> None:
    champion, architecture = PROFILES.fields["champion"], PROFILES.fields["architecture"]

    assert PROFILES.responsible(champion, "negotiating") == ("account_executive",)
    assert PROFILES.responsible(architecture, "discovery") == ("solutions_architect", "professional_services")
    assert PROFILES.responsible(champion, "closed_won") == PROFILES.responsible(architecture, "closed_won") == ("tam",)
    assert (PROFILES.expected(architecture, "scoping"), PROFILES.expected(architecture, "technical_evaluation")) == (False, True)
    assert (PROFILES.rank(""), PROFILES.rank("closed_lost"), PROFILES.expected(champion, "")) == (-1, -1, False)


def test_nothing_is_asked_where_nothing_is_expected() -> None:
    assert by_role(PROFILES, {}, DAY, "") == {}
    assert questions(PROFILES, {}, DAY, "") == []
    assert completeness(PROFILES, {}, date(2018, 1, 1)).percent is None


def test_completeness_counts_what_is_known_and_what_is_fresh_apart() -> None:
    known = {"champion": Known(DAY - timedelta(days=181), "high"), "why": Known(DAY, "high"), "gone": Known(DAY, "high")}

    found = completeness(PROFILES, known, DAY, "business")

    assert (found.known, found.known_weight, found.fresh_weight, found.stale) == (2, 10, 5, ("champion",))
    assert (found.percent, found.fresh_percent) == (13, 6)
    assert len(found.missing) == 21


def test_everything_known_is_a_hundred_per_cent() -> None:
    known = {key: Known(DAY, "high") for key in PROFILES.fields}

    assert [completeness(PROFILES, known, DAY, key).percent for key in PROFILES.shapes] == [100, 100]
    assert {role: found.percent for role, found in by_role(PROFILES, known, DAY, "closed_won").items()} == {"tam": 100}
    assert questions(PROFILES, known, DAY, "closed_won") == []


@pytest.mark.parametrize(
    ("half_life", "confidence", "age", "counts", "is_stale"),
    [
        (180, "high", 0, 100.0, False), (180, "high", 180, 50.0, False), (180, "high", 181, 49.808, True),
        (180, "high", 360, 25.0, True), (180, "medium", 105, 50.056, False), (180, "medium", 106, 49.864, True),
        (180, "low", 0, 40.0, True), (None, "high", 9_999, 100.0, False), (None, "low", 0, 40.0, True),
        (180, "high", -5, 100.0, False), (180, "unheard of", 0, 40.0, True),
    ],
)  # fmt: skip
def test_how_much_of_a_value_counts(half_life: int | None, confidence: str, age: int, counts: float, is_stale: bool) -> None:
    assert PROFILES.terms is not None
    known = Known(DAY - timedelta(days=age), confidence)

    assert trust(field(half_life=half_life), known, DAY, PROFILES.terms) == pytest.approx(counts, abs=0.001)
    assert stale(field(half_life=half_life), known, DAY, PROFILES.terms) is is_stale


@given(st.integers(1, 3650), st.sampled_from(["high", "medium"]))
def test_the_day_on_which_a_value_turns_stale_is_the_first_such_day(half_life: int, confidence: str) -> None:
    assert PROFILES.terms is not None
    one, known = field(half_life=half_life), Known(DAY, confidence)

    day = stale_on(one, known, PROFILES.terms)

    assert day is not None
    assert stale(one, known, day, PROFILES.terms)
    assert not stale(one, known, day - timedelta(days=1), PROFILES.terms)


def test_stale_at_once_or_never() -> None:
    assert PROFILES.terms is not None
    assert stale_on(field(), Known(DAY, "low"), PROFILES.terms) == DAY
    assert stale_on(field(), Known(DAY, "high"), PROFILES.terms) is None


def test_a_question_says_why_it_is_asked() -> None:
    known = {"champion": Known(date(2026, 5, 19), "high"), "main_contact": Known(DAY, "low")}

    found = questions(PROFILES, known, DAY, "discovery", "account_executive")

    assert [(one.field.key, one.points, one.why) for one in found] == [
        ("champion", 251, "Learnt 181 days ago with high confidence, half-life 180 days: 50 % of it still counts. Weight 5 × 50 = 251 points."),
        ("main_contact", 240, "Learnt today with low confidence, half-life 180 days: 40 % of it still counts. Weight 4 × 60 = 240 points."),
    ]  # fmt: skip
    assert questions(PROFILES, {}, DAY, "discovery")[0].why == "Not known. Weight 5 × 100 = 500 points."
    assert questions(PROFILES, {}, DAY, "discovery", "tam") == []


# --- reading

CHOICES = (("a", "Alpha"), ("b", "Beta"))
READ: list[tuple[ProfileField, Any, Any]] = [
    (field(), "  two words ", "two words"),
    (field("longtext"), "one\r\ntwo", "one\ntwo"),
    (field("number"), 0, 0),
    (field("number"), "1200.0", 1200),
    (field("number"), "0.1234", 0.1234),
    (field("money"), "1200", {"minor": 120_000, "currency": "USD"}),
    (field("money"), {"minor": 5, "currency": "USD"}, {"minor": 5, "currency": "USD"}),
    (field("date"), DAY, "2026-11-16"),
    (field("choice", choices=CHOICES), "ALPHA", "a"),
    (field("choices", choices=CHOICES), ["b", "a", "b"], ["a", "b"]),
    (field("choices", choices=CHOICES), "Beta\nAlpha", ["a", "b"]),
    (field("contact"), {"name": " Ann ", "title": "", "id": 7}, {"name": "Ann", "id": 7}),
    (field("bool"), False, False),
    (field("bool"), "No", False),
]


@pytest.mark.parametrize(("one", "raw", "value"), READ)
def test_a_value_is_read_in_the_shape_of_its_type(one: ProfileField, raw: Any, value: Any) -> None:
    assert read(one, raw) == value
    assert type(read(one, raw)) is type(value)


@pytest.mark.parametrize(("one", "raw", "value"), [row for row in READ if not (isinstance(row[2], dict) and "id" in row[2])])
def test_what_is_said_of_a_value_is_read_as_the_same_value(one: ProfileField, raw: Any, value: Any) -> None:
    assert read(one, said(one, value)) == value


CONTACT = "Write a name and, after semicolons, what you know: Ann Lee; title: CTO; email: ann@example.com; phone: +1 555 0100."
NUMBER, MONEY = "Write digits only, like 1200 or 12.5.", "Write an amount like 1200 or 1200.50 USD."
REFUSED: list[tuple[ProfileField, Any, str]] = [
    (field(), None, "F: there is nothing in it. Give a value, or take the old one back."),
    (field(), 5, "F: write it as a text."),
    (field(), "x" * 301, "F: it has 301 characters, at most 300 fit. Shorten it."),
    (field("longtext"), "x" * 10_001, "F: it has 10,001 characters, at most 10,000 fit. Shorten it."),
    (field(), "a\x00b", "F: it contains a character that is no text. Write it without."),
    (field("contact"), {"name": "Ann", "phone": "1\x002"}, "F: it contains a character that is no text. Write it without."),
    (field("choices", choices=CHOICES), ["alpha", "\x00"], "F: it contains a character that is no text. Write it without."),
    (field("number"), "9" * 10_000, f"F: '{'9' * 60}…' is out of range. {NUMBER}"),
    (field("bool"), "no" * 40, f"F: '{'no' * 30}…' is neither. Write yes or no."),
    (field("number"), True, f"F: {NUMBER}"),
    (field("number"), "-1", f"F: -1 is below zero. {NUMBER}"),
    (field("number"), "NaN", f"F: 'NaN' is out of range. {NUMBER}"),
    (field("number"), "1e99", f"F: '1e99' is out of range. {NUMBER}"),
    (field("number"), "0.12345", "F: 0.12345 has more than 4 decimals. Round it."),
    (field("money"), "1.005", f"F: USD has 2 decimals. {MONEY}"),
    (field("money"), "-1", f"F: '-1' is out of range. {MONEY}"),
    (field("money"), {"minor": True, "currency": "USD"}, f"F: {MONEY}"),
    (field("money"), {"minor": 1, "currency": "EUR"}, f"F: it is kept in USD, not in EUR. {MONEY}"),
    (field("date"), "1969-12-31", "F: 1969-12-31 is out of range. Give a day from 1970-01-01 to 2200-01-01."),
    (field("choice", choices=CHOICES), "Gamma", "F: 'Gamma' is not a choice. Choose from: Alpha; Beta."),
    (field("choices", choices=CHOICES), " ; ", "F: there is nothing in it. Give a value, or take the old one back."),
    (field("choices", choices=CHOICES), 3, "F: put a semicolon between choices."),
    (field("contact"), "; title: CTO", f"F: the name is missing. {CONTACT}"),
    (field("contact"), "Ann; CTO", f"F: 'CTO' can't be read. {CONTACT}"),
    (field("contact"), "Ann; email: nowhere", f"F: 'nowhere' is no mail address. {CONTACT}"),
    (field("contact"), {"name": "Ann", "shoe": 42}, f"F: {CONTACT}"),
    (field("contact"), {"name": "Ann", "id": "7"}, f"F: {CONTACT}"),
    (field("bool"), "perhaps", "F: 'perhaps' is neither. Write yes or no."),
]


@pytest.mark.parametrize(("one", "raw", "sentence"), REFUSED)
def test_what_cannot_be_read_is_refused_with_a_remedy(one: ProfileField, raw: Any, sentence: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(one, raw)

    assert (refusal.value.field, refusal.value.sentence) == ("f", sentence)


def test_many_answers_are_read_and_every_wrong_one_is_told() -> None:
    values, wrong = read_many(PROFILES.fields, {"nodes": "3", "version": " ", "hosted": "so", "moon": "x", "why": None})

    assert values == {"nodes": 3}
    assert wrong == {"hosted": "Hosted on GitLab.com: 'so' is neither. Write yes or no.", "moon": "There is no field 'moon'."}


# --- loading

GROUPS = "groups: [{key: g, title: G, fields: [{key: x, title: X, question: Q, type: text, source: S%s}]}]"
HEAD = (
    "profiles: [{key: business, title: B, from: 2018-06-01, captured_by: {roles: [tam], stage: %s}, kept_by: %s, source: S, "
    + GROUPS
    + "}]\n"
)
TERMS = "profile_terms: {stages: [discovery, closed_won%s], kept_from: closed_won, stale_percent: 50, trust: {high: 100}, sources: [{key: call, title: Call}], sheet_days: 30, source: S}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD % ("discovery", "tam", ""), "'profile_terms' is missing"),
        (HEAD % ("discovery", "tam", "") + TERMS % ", moon", "there is no value 'stage_moon'"),
        (HEAD % ("moon", "tam", "") + TERMS % "", "there is no stage 'moon'"),
        (HEAD % ("discovery", "tamm", "") + TERMS % "", "there is no role 'tamm'"),
        (HEAD % ("discovery", "tam", ", feeds: emploees") + TERMS % "", "there is no fact 'emploees'"),
        (HEAD % ("discovery", "tam", ", feeds: employees") + TERMS % "", "a text can't feed the fact 'employees', which is int"),
        (HEAD % ("discovery", "tam", ", choices: [{key: a, title: A}]") + TERMS % "", "'choices' belong to the types choice"),
        (HEAD % ("discovery", "tam", ", half_life: 0") + TERMS % "", "greater than or equal to 1"),
        (HEAD % ("discovery", "tam", "}, {key: x, title: X, question: Q, type: text, source: S") + TERMS % "", "the field 'x' stands twice"),
        (HEAD % ("discovery", "tam", "") + TERMS.replace("kept_from: closed_won", "kept_from: moon") % "", "'moon' is not one of the stages"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PackError) as refusal:
        pack_with(tmp_path, text)

    assert message in str(refusal.value.findings)


def test_an_example_that_fails_is_told_with_what_it_gives(tmp_path: Path) -> None:
    text = (Path(str(packs.shipped())) / "profiles.yaml").read_text(encoding="utf-8")
    pack = pack_with(tmp_path, text.replace("{champion: 500, main_contact: 400}", "{champion: 499}"))

    found = [(one.code, one.severity, one.message) for one in lint.check(pack) if one.rule == "profiles"]

    name = "Nothing is known, and the champion is asked for first"
    assert found == [("HB011", "error", f"'{name}': the first questions are [('champion', 500)], not [('champion', 499)]")]


def pack_with(folder: Path, text: str) -> packs.Pack:
    root = folder / "pack"
    shutil.copytree(str(packs.shipped()), root)
    (root / "profiles.yaml").write_text(text, encoding="utf-8")
    return packs.load(root)
