"""The table of contents: every address of Tenure. Route name = noun:verb = function in views/<noun>.py = template."""

from django.urls import URLPattern, URLResolver, path

from tenure.urls_handovers import HANDOVERS
from tenure.urls_journey import JOURNEY
from tenure.urls_profiles import PROFILES
from tenure.urls_projects import PROJECTS
from tenure.urls_work import WORK, noun
from tenure.views import (
    account,
    accounts,
    accounts_bulk,
    assignments,
    contacts,
    days,
    decisions,
    errors,
    feeds,
    handbook,
    health,
    home,
    imports,
    login,
    notices,
    outbox,
    overrides,
    palette,
    preferences,
    profile,
    receipts,
    reports,
    runs,
    saved_views,
    setup,
    territories,
    unsubscribe,
    users,
    working_times,
)

urlpatterns: list[URLResolver | URLPattern] = [
    # home
    noun("", "home", path("", home.show, name="show")),
    # login, setup, profile, users, territories (log-in, first run, own profile, user administration)
    noun(
        "login/",
        "login",
        path("", login.show, name="show"),
        path("code/", login.verify, name="verify"),
        path("out/", login.out, name="out"),
        path("forgotten/", login.forgotten, name="forgotten"),
        path("password/<str:uid>/<str:token>/", login.password, name="password"),
    ),
    path("login/", login.show, name="account_login"),  # allauth reverses these two names
    path("login/code/", login.verify, name="mfa_authenticate"),
    noun("health/", "health", path("", health.show, name="show")),
    noun("setup/", "setup", path("", setup.show, name="show")),
    noun(
        "profile/",
        "profile",
        path("", profile.show, name="show"),
        path("change/", profile.change, name="change"),
        path("prefer/", profile.prefer, name="prefer"),
        path("password/", profile.password, name="password"),
        path("two-step/", profile.two_step_on, name="two_step_on"),
        path("two-step/off/", profile.two_step_off, name="two_step_off"),
        path("two-step/codes/", profile.recovery_codes, name="recovery_codes"),
        path("sessions/end/", profile.end_sessions, name="end_sessions"),
        path("sessions/<int:pk>/end/", profile.end_session, name="end_session"),
    ),
    noun(
        "people/",
        "users",
        path("", users.list_, name="list"),
        path("new/", users.create, name="create"),
        path("<int:pk>/", users.show, name="show"),
        path("<int:pk>/change/", users.change, name="change"),
        path("<int:pk>/link/", users.link, name="link"),
        path("<int:pk>/deactivate/", users.deactivate, name="deactivate"),
        path("<int:pk>/activate/", users.activate, name="activate"),
        path("<int:pk>/second-step/", users.second_step, name="second_step"),
    ),
    noun(
        "territories/",
        "territories",
        path("", territories.list_, name="list"),
        path("<int:pk>/change/", territories.change, name="change"),
        path("<int:pk>/delete/", territories.delete, name="delete"),
    ),
    # palette, notices
    noun("palette/", "palette", path("", palette.show, name="show")),
    noun(
        "notices/",
        "notices",
        path("", notices.list_, name="list"),
        path("read/", notices.read_all, name="read_all"),
        path("<int:pk>/read/", notices.read, name="read"),
    ),
    # how one is told; links in mails; the calendar; the outbox of operators
    noun("profile/notices/", "preferences", path("", preferences.change, name="change")),
    noun(
        "mail/stop/<str:token>/",
        "unsubscribe",
        path("", unsubscribe.show, name="show"),
        path("one-click/", unsubscribe.one_click, name="one_click"),
    ),
    noun("mail/", "receipts", path("seen/<str:token>.gif", receipts.show, name="show")),
    noun(
        "",
        "feeds",
        path("calendar/<str:token>.ics", feeds.show, name="show"),
        path("profile/calendar/", feeds.create, name="create"),
        path("profile/calendar/<int:pk>/end/", feeds.revoke, name="revoke"),
    ),
    noun(
        "outbox/",
        "outbox",
        path("", outbox.list_, name="list"),
        path("again/", outbox.again, name="again"),
        path("blocks/", outbox.blocks, name="blocks"),
        path("blocks/<int:pk>/lift/", outbox.lift, name="lift"),
        path("<int:pk>/", outbox.show, name="show"),
    ),
    # accounts (list, export, bulk, 360 and its sections, why, assign, override)
    noun(
        "accounts/",
        "accounts",
        path("", accounts.list_, name="list"),
        path("rows/", accounts.rows, name="rows"),
        path("tabs/", accounts.tabs, name="tabs"),
        path("filter/", accounts.filter_, name="filter"),
        path("menu/", accounts.menu, name="menu"),
        path("adjust/", accounts.adjust, name="adjust"),
        path("export/", accounts.export, name="export"),
        path("assign/", accounts_bulk.bulk_assign, name="bulk_assign"),
        path("assign/undo/<str:token>/", accounts_bulk.bulk_undo, name="bulk_undo"),
    ),
    *PROFILES,  # before the account's own routes: /accounts/1/brief/ is no section
    noun(
        "accounts/",
        "account",
        path("names/", account.names, name="names"),
        path("<int:pk>/", account.show, name="show"),
        path("<int:pk>/change/", account.change, name="change"),
        path("<int:pk>/undo/<str:token>/", account.undo, name="undo"),
        path("<int:pk>/<slug:section>/", account.section, name="section"),
    ),
    noun(
        "accounts/<int:pk>/contacts/",
        "contacts",
        path("new/", contacts.create, name="create"),
        path("<int:contact>/", contacts.change, name="change"),
        path("<int:contact>/delete/", contacts.delete, name="delete"),
        path("<int:contact>/restore/", contacts.restore, name="restore"),
    ),
    noun(
        "accounts/<int:pk>/team/",
        "assignments",
        path("new/", assignments.create, name="create"),
        path("tam/", assignments.assign, name="assign"),
        path("<int:assignment>/end/", assignments.end, name="end"),
        path("undo/<str:token>/", assignments.undo, name="undo"),
    ),
    noun(
        "accounts/<int:pk>/overrides/",
        "overrides",
        path("<slug:rule>/new/", overrides.create, name="create"),
        path("<int:override>/end/", overrides.end, name="end"),
    ),
    noun("accounts/<int:pk>/why/", "decisions", path("<slug:rule>/", decisions.why, name="why")),
    noun(
        "views/",
        "saved_views",
        path("new/", saved_views.create, name="create"),
        path("<int:pk>/", saved_views.change, name="change"),
        path("<int:pk>/update/", saved_views.update, name="update"),
        path("<int:pk>/delete/", saved_views.delete, name="delete"),
        path("restore/<str:token>/", saved_views.restore, name="restore"),
    ),
    *WORK,
    *HANDOVERS,
    *JOURNEY,
    *PROJECTS,
    noun(
        "reports/",
        "reports",
        path("portfolio/", reports.portfolio, name="portfolio"),
        path("portfolio/export/", reports.export, name="export"),
    ),
    noun(
        "time/",
        "working_times",
        path("<int:pk>/hours/new/", working_times.create, name="create"),
        path("hours/<int:pk>/delete/", working_times.delete, name="delete"),
        path("hours/undo/<str:token>/", working_times.undo, name="undo"),
    ),
    # other days than today on lists, homes and reports
    noun(
        "days/",
        "days",
        path("<str:day>/", days.show, name="show"),
        path("<str:day>/prepare/", days.prepare, name="prepare"),
    ),
    # handbook
    noun(
        "handbook/",
        "handbook",
        path("", handbook.list_, name="list"),
        path("check/", handbook.check, name="check"),
        path("values/", handbook.values, name="values"),
        path("findings/", handbook.findings, name="findings"),
        path("rules/<slug:name>/", handbook.rule, name="rule"),
        path("schedules/", handbook.schedules, name="schedules"),
        path("schedules/<slug:name>/", handbook.schedule, name="schedule"),
        path("journey/", handbook.journey, name="journey"),
        path("playbooks/", handbook.playbooks, name="playbooks"),
        path("playbooks/<slug:name>/", handbook.playbook, name="playbook"),
    ),
    # imports
    noun(
        "imports/",
        "imports",
        path("", imports.list_, name="list"),
        path("new/", imports.create, name="create"),
        path("runs/<int:pk>/", imports.show, name="show"),
        path("runs/<int:pk>/refused.csv", imports.refused, name="refused"),
        path("waiting/", imports.waiting, name="waiting"),
        path("mappings/<int:pk>/delete/", imports.forget, name="forget"),
        path("<str:batch>/files/", imports.files, name="files"),
        path("<str:batch>/files/<int:number>/", imports.table, name="table"),
        path("<str:batch>/check/", imports.check, name="check"),
        path("<str:batch>/start/", imports.start, name="start"),
        path("<str:batch>/discard/", imports.discard, name="discard"),
    ),
    # runs
    noun(
        "runs/",
        "runs",
        path("", runs.list_, name="list"),
        path("start/", runs.start, name="start"),
        path("<int:pk>/", runs.show, name="show"),
        path("<int:pk>/failures.csv", runs.failures, name="failures"),
    ),
]

handler400 = errors.invalid
handler403 = errors.denied
handler404 = errors.missing
handler429 = errors.too_many
handler500 = errors.broken
