"""Building the demo company: its people, then its exports wave by wave through the import, then the daily run, as in real life."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone

from tenure.actions import bulk, imports, overrides, passwords, past, runs, territories, users
from tenure.models import Account, ExternalId, Run, Territory, User
from tenure.queries import clock, handbook
from tenure.runs import (
    capacity,
    daily,
    demo_desk,
    demo_guests,
    demo_handovers,
    demo_hours,
    demo_journeys,
    demo_mails,
    demo_onboardings,
    demo_presales,
    demo_profiles,
    demo_projects,
    demo_reviews,
    demo_rows,
    demo_services,
    demo_stages,
    demo_talk,
    demo_work,
    tasks,
)
from tenure.runs.demo_rows import NOUNS, Company
from tenure.runs.demo_seeds import EXAMPLES
from tenure.runs.demo_staff import PASSWORD, PLACES, Person

SOURCE = "demo"
BLOCK = 2_500
# What is being done, how much of it is done, of how much.
Progress = Callable[[str, int, int], None]
RUBY = (
    "The handbook's own table files this account as Ruby; its rule says Sapphire, because 2,100 users are more than 1,000. "
    "Agreed with sales: onboard as Ruby until the renewal."
)


def state() -> str:
    """What the database holds: "empty", "demo" (finished), "unfinished" (a demo company half built) or "real"."""
    run = Run.objects.filter(kind="demo").order_by("pk").first()
    if run:
        return "demo" if run.status == "done" else "unfinished"
    return "real" if User.objects.exists() or Account.objects.exists() else "empty"


def start(accounts: int, seed: int) -> Run:
    """The run that builds the company; one that was killed half-way is taken up again with its own size, seed and day."""
    now = timezone.now()
    run = Run.objects.filter(kind="demo").exclude(status="done").order_by("pk").first()
    if run is None:
        params = {"accounts": accounts, "seed": seed}
        run = runs.queue("demo", "Demo company", actor=None, at=now, as_of=clock.day_of(now), params=params, natural_key="demo")
        runs.start(run, at=now)
    return run


@handbook.held()
def build(run: Run, progress: Progress) -> None:
    """Build the company of the run, or what is missing of it. ``run.done`` counts the waves that are finished."""
    bulk.long_work()
    company = Company.of(run.params["accounts"], run.params["seed"], run.as_of or clock.day_of(timezone.now()))
    waves, total = company.waves, imports.UpsertResult()
    for number in range(run.done, len(waves)):
        runs.step(run, f"wave-{number}", f"The company as of {waves[number]}", at=timezone.now())
        if number == 0:
            _people(company, waves[0])
        total.add(_wave(company, number, run, progress))
        runs.progress(run, number + 1, at=timezone.now(), total=len(waves))
    _settle(waves[-1])
    if company.accounts <= demo_work.LARGEST:
        _fill(company, waves[-1])
    else:
        capacity.build(waves[-1], today=waves[-1], now=timezone.now)
        past.tell_nobody(before=_moment(waves[-1], 0))
    runs.finish(run, at=timezone.now(), counts={"accounts": company.accounts, **total.counts()})


def _fill(company: Company, today: date) -> None:
    """What lies on the desks today, what follows from it, who is away, and what goes out."""
    demo_desk.lay_out(company.seed, today, _moment(today, 9))
    demo_services.buy(company.seed, today, _moment(today, 9))
    demo_talk.give(company.seed, today, _moment(today, 9))
    demo_presales.engage(company.seed, today, _moment(today, 9))
    demo_projects.begin(company.seed, today, _moment(today, 9))
    demo_guests.invite(_moment(today, 9))
    demo_handovers.lay_out(company.seed, today, _moment(today, 9))
    demo_onboardings.plan(company.seed, today, _moment(today, 9))
    demo_reviews.begin(today, _moment(today, 9))
    demo_profiles.learn(company.seed, today, _moment(today, 9))
    demo_stages.today(today, _moment(today, 9))
    daily.only_work(today, at=_moment(today, 10))
    demo_hours.arrange(capacity.build(today, today=today, now=timezone.now), today, _moment(today, 10))
    demo_mails.today(today, _moment(today, 10))


def log_ins() -> list[tuple[str, str]]:
    """E-mail and title of the main cast, who all have ``PASSWORD``; the people with customers first."""
    cast = sorted(
        (person for person in Company.of(1, 1, date.min).people if person.main), key=lambda person: not person.territories
    )
    there = dict(User.objects.filter(email__in=[person.email for person in cast]).values_list("email", "title"))
    return [(person.email, there[person.email]) for person in cast if person.email in there]


def _people(company: Company, day: date) -> None:
    """Territories, the staff with managers, roles and territories, and their passwords."""
    at = _moment(day, 6)
    known = {row.key: row.pk for row in Territory.objects.all()}
    for place in PLACES:
        if place.key not in known:
            known[place.key] = territories.save(None, name=place.name, region=place.region, segment="", actor=None, at=at).pk
    staff = company.people
    imports.upsert("user", SOURCE, [_user(person) for person in staff], as_of=day, at=at, actor=None)
    for person in staff:
        _grant(person, known, at)
    passwords.give_all(list(User.objects.filter(email__in=[person.email for person in staff])), PASSWORD, at=at)


def _user(person: Person) -> demo_rows.Row:
    return {
        "external_id": person.ref, "email": person.email, "name": person.name, "title": person.title, "region": person.region,
        "is_active": True, "manager_ref": person.manager_ref or None,
    }  # fmt: skip


def _grant(person: Person, known: dict[str, int], at: datetime) -> None:
    """Role and territories of one person."""
    user = User.objects.get(email=person.email)
    profile = users.Profile(
        person.email, person.name, person.title, person.region, (person.role,) if person.role else (), user.manager_id,
        tuple(known[place] for place in person.territories),
    )  # fmt: skip
    users.change(user, profile, actor=None, at=at)


def _moment(day: date, hour: int) -> datetime:
    """That day at that hour, but never later than now: the last wave is today's, and nothing was written in the future."""
    return min(demo_rows.moment(day, hour), timezone.now())


def _wave(company: Company, number: int, run: Run, progress: Progress) -> imports.UpsertResult:
    """Import what the wave brings, block by block; then the daily run of that day. Returns what the import counted."""
    day, total = company.waves[number], imports.UpsertResult()
    at = _moment(day, 7)
    _past(company, company.waves[number - 1] if number else None, day, progress)
    demo_mails.before(company.today, at)
    for first in range(1, company.accounts + 1, BLOCK):
        progress(f"Importing the exports of {day}", first - 1, company.accounts)
        rows = demo_rows.rows(company, number, first, first + BLOCK)
        for noun in NOUNS:
            if rows[noun]:
                total.add(imports.upsert(noun, SOURCE, rows[noun], as_of=day, at=at, actor=None, run=run))
        total.accounts.clear()  # the daily run finds by itself what changed
    if company.accounts <= demo_work.LARGEST:
        demo_journeys.tick(company.seed, day, at, first=number == 0)
    _daily(day, lambda done, of: progress(f"The daily run of {day}", done, of))
    demo_handovers.day(company.seed, day, _moment(day, 8))
    if company.accounts <= demo_work.LARGEST:
        demo_stages.day(company.seed, day, _moment(day, 8))
        demo_reviews.hold(day, _moment(day, 8), company.today)
    demo_mails.before(company.today, _moment(day, 8))
    return total


def _past(company: Company, before: date | None, day: date, progress: Progress) -> None:
    """The work between the import before and this one: what people did, and the daily runs of that time."""
    steps, since = demo_work.days(company, before, day), before
    for done, on in enumerate(steps):
        progress(f"The work up to {day}", done, len(steps))
        demo_work.step(company, since or on, on)
        since = on


def _daily(day: date, progress: daily.Progress) -> None:
    """The daily run of that day, as the scheduler would have started it; it takes as long as it took here."""
    at, began = _moment(day, 8), timezone.now()
    run = Run.objects.filter(natural_key=f"daily:{day}").first()
    if run is None:
        run = runs.queue("daily", tasks.title(day), actor=None, at=at, as_of=day, natural_key=f"daily:{day}")
    if run.status == "done":
        return
    runs.start(run, at=at)
    runs.step(run, "decide", "Decide every account and store what changed", at=at)
    result = daily.apply(daily.plan(day), at=at, actor=None, run=run, progress=progress)
    runs.progress(run, result.accounts, at=at, total=result.accounts, count=result.accounts)
    runs.finish(run, at=at + (timezone.now() - began), counts=result.counts)


def _settle(day: date) -> None:
    """The one contradiction that somebody has settled: The Crab Shack is a Ruby by hand."""
    number = [example.name for example in EXAMPLES].index("The Crab Shack") + 1
    shack = ExternalId.objects.get(source=SOURCE, noun="account", external_id=f"A-{number:06}")
    author = User.objects.filter(roles__role="cs_operations").earliest("pk")
    account = Account.objects.get(pk=shack.object_id)
    if not account.overrides.exists():
        overrides.set(account, "gemstone", "Ruby", RUBY, day + timedelta(days=180), today=day, actor=author, at=_moment(day, 9))
