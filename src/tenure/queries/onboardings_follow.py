"""What open onboardings say against what has happened: whose they are, how far they are, the days that they took and how they stand."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from tenure.models import Assignment, Onboarding, OnboardingMilestone
from tenure.queries import clock, columns, facts_work
from tenure.queries.columns import Columns, Scope
from tenure.rules import onboardingframes
from tenure.rules.onboarding import missing
from tenure.rules.packs import Pack

# What a run keeps true, unless a person has set it: column -> field.
FOLLOWED = {"owner_id": "owner", "start_date": "start_date", "first_reach_out": "first_reach_out", "status": "status", "playbook_use_id": "playbook_use"}  # fmt: skip
RECKONED = ("days_to_engage", "days_to_value", "days_to_onboard", "track")
STEPS = ("not_started", "scheduled", "in_progress")  # statuses that work moves; a person alone puts one on hold
LICENCES = "licences"
PLANNED = "planned_call"  # not a fact of the catalogue: a talk was planned
BY_TALK, BY_TAM = frozenset({"last_engaged", PLANNED}), frozenset({"tam_assigned_on"})
NEW = ("closed_won", "person", "import")  # causes whose purchase is where it begins; of the others it may be years ago
_COLUMNS: Columns = {
    "id": ("o.id", "int"), "account": ("o.account_id", "int"), "cause": ("o.cause", "text"), "status": ("o.status", "text"), "owner_id": ("o.owner_id", "int"),
    "gemstone": ("o.gemstone", "text"), "edition": ("o.edition", "date"), "purchase_date": ("o.purchase_date", "date"),
    "contract_date": ("o.contract_date", "date"), "start_date": ("o.start_date", "date"), "first_reach_out": ("o.first_reach_out", "date"),
    "infrastructure_ready": ("o.infrastructure_ready", "date"), "first_value": ("o.first_value", "date"), "first_value_by": ("o.first_value_by", "text"),
    "outcome_achieved": ("o.outcome_achieved", "date"), "finish_date": ("o.finish_date", "date"), "playbook_use_id": ("o.playbook_use_id", "int"),
    "days_to_engage": ("o.days_to_engage", "int"), "days_to_value": ("o.days_to_value", "int"), "days_to_onboard": ("o.days_to_onboard", "int"),
    "track": ("o.track", "text"), "edited": ("o.edited", "json"), "day": ("o.because", "json"),
}  # fmt: skip


def of(scope: Scope, as_of: date, pack: Pack, licences: pl.DataFrame | None = None) -> pl.DataFrame:
    """The open onboardings of some accounts that say something else than what has happened: ``id``, ``account``, the columns of ``FOLLOWED`` and
    ``RECKONED`` with their new values and ``:was``, ``reached`` (keys of milestones of use, by ``licences``: account, licence_use in per cent), and ``ending``: "complete" or "ask" where
    the work of its play was done on the day ``closed``."""
    rows = _open(scope, as_of, pack)
    if not rows.height:
        return rows
    wanted = rows.rename({name: f"{name}:was" for name in (*FOLLOWED, *RECKONED)}).with_columns(_values(as_of))
    wanted = onboardingframes.reckoned(wanted, pack.onboarding, as_of)
    wanted = wanted.with_columns(_reached(wanted, licences, pack), _endings(wanted, pack))
    differs = [pl.col(name).ne_missing(pl.col(f"{name}:was")) for name in (*FOLLOWED, *RECKONED)]
    return wanted.filter(pl.any_horizontal(*differs, pl.col("ending") != "", pl.col("reached").list.len() > 0))


def ahead(scope: Scope, as_of: date, until: date, pack: Pack) -> pl.DataFrame:
    """The open onboardings that will stand otherwise on a day to come, if nothing happens: ``id``, ``account``, ``track:was``, ``track``."""
    rows = _open(scope, as_of, pack)
    if not rows.height:
        return rows.select("id", "account", "track", pl.col("track").alias("track:was"))
    now = onboardingframes.reckoned(rows, pack.onboarding, as_of)["track"].alias("track:was")
    then = onboardingframes.reckoned(rows, pack.onboarding, until).with_columns(now)
    return then.filter(pl.col("track") != pl.col("track:was")).select("id", "account", "track", "track:was")


def concerned(account_ids: Iterable[int], changed: frozenset[str]) -> bool:
    """Whether one of these facts moves an open onboarding of these accounts, or may begin one."""
    if changed & BY_TAM:
        return True
    return (
        bool(changed & BY_TALK)
        and Onboarding.objects.filter(account__in=list(account_ids), is_open=True, deleted_at=None).exists()
    )


def _set(name: str) -> pl.Expr:
    """Whether a person has set this field."""
    return pl.col("edited").str.contains(f'"{name}"', literal=True)


def _values(as_of: date) -> list[pl.Expr]:
    """What each should say."""
    was = {name: pl.col(f"{name}:was") for name in FOLLOWED}
    brought = pl.col("cause") == "import"  # the other system keeps what it has told
    mine = ~_set("owner") & ~(brought & was["owner_id"].is_not_null())
    begins = pl.when(pl.col("tam_since").is_not_null() & ~brought).then(pl.max_horizontal("tam_since", "day"))
    reached = (
        pl.when(_set("first_reach_out") | (brought & was["first_reach_out"].is_not_null()))
        .then(was["first_reach_out"])
        .otherwise("talked")
    )
    step = (
        pl.when(reached.is_not_null()).then(pl.lit(STEPS[2])).when("planned").then(pl.lit(STEPS[1])).otherwise(pl.lit(STEPS[0]))
    )
    free = ~_set("status") & ~brought & was["status"].is_in(STEPS)
    return [
        pl.when(mine).then("tam").otherwise(was["owner_id"]).alias("owner_id"),
        pl.when(was["start_date"].is_null() & ~_set("start_date")).then(begins).otherwise(was["start_date"]).alias("start_date"),
        reached.alias("first_reach_out"),
        pl.when(free).then(step).otherwise(was["status"]).alias("status"),
        pl.coalesce(was["playbook_use_id"], "use").alias("playbook_use_id"),
    ]


def _open(scope: Scope, as_of: date, pack: Pack) -> pl.DataFrame:
    """The open onboardings, with who is TAM (``tam``, ``tam_since``, ``tam_assigned_on``), the day of the first talk (``talked``), whether one is
    ``planned``, and the play at work (``use``)."""
    day, yes = as_of.isoformat(), "1" if columns.is_sqlite() else "true"
    here = f"{scope.where('o.account_id')} and o.is_open = {yes} and o.deleted_at is null"
    tam = "s.role = 'tam' and s.from_date <= %s and (s.until_date is null or s.until_date > %s)"
    joined = f"tenure_onboarding o left join tenure_assignment s on s.account_id = o.account_id and {tam} left join tenure_user u on u.id = s.user_id and u.is_active = {yes}"
    read = {**_COLUMNS, "tam": ("u.id", "int"), "tam_since": ("s.from_date", "date"), **_beside(pack)}
    end = columns.end_of(as_of)
    params = [end, columns.moment(clock.midnight(as_of)), day, day]
    rows = columns.read(read, f"{joined} where {here} order by o.id", params)
    rows = rows.unique("id", keep="first", maintain_order=True)
    moment = pl.col("talked").str.head(facts_work.MOMENT).str.to_datetime(facts_work.FORMAT, time_zone="UTC")
    done = pl.col("closed").str.head(facts_work.MOMENT).str.to_datetime(facts_work.FORMAT, time_zone="UTC")
    return rows.with_columns(
        talked=moment.dt.convert_time_zone(clock.zone_name()).dt.date(), closed=done.dt.convert_time_zone(clock.zone_name()).dt.date(),
        day=pl.col("day").str.json_path_match("$.day").str.to_date("%Y-%m-%d", strict=False),
    )  # fmt: skip


def _beside(pack: Pack) -> Columns:
    """What other tables know of an onboarding ``o``. Parameters: the end of the day, its beginning."""
    no, yes = ("0", "1") if columns.is_sqlite() else ("false", "true")
    talks = facts_work.in_words("a.kind", pack.timeline.engaging)
    base = f"from tenure_activity a where a.account_id = o.account_id and a.source = 'tenure' and a.draft = {no} and a.deleted_at is null and {talks}"
    news = ", ".join(f"'{cause}'" for cause in NEW)
    began = f"case when o.purchase_date is not null and o.cause in ({news}) and (o.start_date is null or o.purchase_date < o.start_date) then o.purchase_date else o.start_date end"
    since = f"coalesce({began}, {_day_of('o.created_at')})"
    talked = (
        f"select min(a.happened_at) {base} and a.planned = {no} and {_on_or_after('a.happened_at', since)} and a.happened_at < %s"
    )
    planned = f"select 1 {base} and a.planned = {yes} and a.happened_at >= %s"
    assigned = "select min(t.from_date) from tenure_assignment t where t.account_id = o.account_id and t.role = 'tam' and (t.until_date is null or t.until_date > coalesce(o.start_date, o.purchase_date, o.contract_date, t.from_date))"
    books = ", ".join(f"'{key}'" for key in facts_work.books(pack, facts_work.ONBOARDING)) or "''"
    use = f"select max(p.id) from tenure_playbookuse p join tenure_playbookversion v on v.id = p.version_id where p.account_id = o.account_id and p.status = 'active' and v.key in ({books})"  # noqa: S608
    won = ", ".join(f"'{key}'" for key, status in pack.cta_statuses.items() if status.outcome == "won") or "''"
    closed = f"select max(c.closed_at) from tenure_calltoaction c where c.playbook_use_id = o.playbook_use_id and c.is_open = {no} and c.status in ({won})"  # noqa: S608
    return {
        "talked": (f"cast(({talked}) as text)", "text"), "planned": (f"case when exists({planned}) then 1 else 0 end", "bool"),
        "tam_assigned_on": (f"({assigned})", "date"), "use": (f"({use})", "int"), "closed": (f"cast(({closed}) as text)", "text"),
    }  # fmt: skip


def _day_of(moment: str) -> str:
    """The company's day of a column of moments, as SQL."""
    zone = clock.zone_name().replace("'", "''").replace("%", "%%")
    return (
        f"django_datetime_cast_date({moment}, '{zone}', 'UTC')"
        if columns.is_sqlite()
        else f"cast({moment} at time zone '{zone}' as date)"
    )


def _on_or_after(moment: str, day: str) -> str:
    """Whether a moment is of a day or later. Only close to the day's beginning does the zone tell: elsewhere the day of UTC does, which is had for less."""
    before, after = (
        (f"date({day}, '-1 day')", f"date({day}, '+1 day')")
        if columns.is_sqlite()
        else (f"{day} - interval '1 day'", f"{day} + interval '1 day'")
    )
    return f"{moment} >= {before} and ({moment} >= {after} or {_day_of(moment)} >= {day})"


# --- what follows for few


def _reached(rows: pl.DataFrame, licences: pl.DataFrame | None, pack: Pack) -> pl.Series:
    """The keys of the milestones that the use of licences has reached and that none knows yet."""
    found: list[list[str]] = [[] for _ in range(rows.height)]
    use = dict(licences.drop_nulls("licence_use").select("account", "licence_use").iter_rows()) if licences is not None else {}
    some = {
        row[0]: (number, row[1], row[2])
        for number, row in enumerate(rows.select("id", "account", "edition").iter_rows())
        if use.get(row[1])
    }
    known = (
        set(OnboardingMilestone.objects.filter(onboarding__in=list(some)).values_list("onboarding_id", "key")) if some else set()
    )
    for pk, (number, account, edition) in some.items():
        there = pack.onboarding.milestones_on(edition) if edition else {}
        found[number] = [
            key for key, item in there.items() if item.of == LICENCES and use[account] >= item.percent and (pk, key) not in known
        ]
    return pl.Series("reached", found, dtype=pl.List(pl.String))


def _endings(rows: pl.DataFrame, pack: Pack) -> pl.Series:
    """Where the work of the play is done: "complete" when all is there that its end asks for, "ask" when the owner hasn't been asked for the rest."""
    done = rows.filter(pl.col("closed").is_not_null())["id"].to_list()
    there = {row.pk: row for row in Onboarding.objects.filter(pk__in=done)} if done else {}
    found = [_ending(there[pk], pack) if pk in there else "" for pk in rows["id"].to_list()]
    return pl.Series("ending", found, dtype=pl.String)


def _ending(row: Onboarding, pack: Pack) -> str:
    if row.because.get("reopened") == row.playbook_use_id:
        return ""
    if not lacking(row, pack):
        return "complete"
    return "ask" if row.because.get("asked") != row.playbook_use_id else ""


def lacking(row: Onboarding, pack: Pack) -> list[str]:
    """What its end still asks for, its finish apart."""
    edition = pack.onboarding.edition(row.edition) if row.edition else None
    last = next((status for status in edition.statuses if not status.open), None) if edition else None
    asked = [name for name in (last.asks if last else ()) if name not in ("finish_date", "account")]
    return missing(asked, {name: getattr(row, f"{name}_id" if name == "owner" else name) for name in asked})


def tam_days(rows: Iterable[Onboarding]) -> dict[int, date | None]:
    """For each onboarding the day from which its account had its TAM: see ``onboardings.tam_assigned_on``. One query."""
    known = list(rows)
    spans: dict[int, list[tuple[date, date | None]]] = {}
    held = Assignment.objects.filter(account__in={row.account_id for row in known}, role="tam").order_by("from_date", "pk")
    for account, begun, ended in held.values_list("account_id", "from_date", "until_date"):
        spans.setdefault(account, []).append((begun, ended))
    found = {}
    for row in known:
        since = row.start_date or row.purchase_date or row.contract_date
        days = (begun for begun, ended in spans.get(row.account_id, ()) if since is None or ended is None or ended > since)
        found[row.pk] = next(days, None)
    return found
