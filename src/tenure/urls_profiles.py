"""The table of contents of customers' profiles: values, proposals, data sheets, the brief, files; the form that a customer sees."""

from django.urls import URLPattern, URLResolver, path

from tenure.urls_work import noun
from tenure.views import profiles, profiles_answers, profiles_brief, profiles_proposals, profiles_report, profiles_sheets

PROFILES: list[URLResolver | URLPattern] = [
    noun(
        "accounts/<int:pk>/profiles/",
        "profiles",
        path("values/<int:value>/undo/", profiles.undo, name="undo"),
        path("asked/next/", profiles.asked, name="asked"),
        path("<slug:field>/", profiles.show, name="show"),
        path("<slug:field>/change/", profiles.change, name="change"),
        path("<slug:field>/confirm/", profiles.confirm, name="confirm"),
        path("<slug:field>/take-back/", profiles.take_back, name="take_back"),
        path("<slug:field>/history/", profiles.history, name="history"),
    ),
    noun(
        "accounts/<int:pk>/proposals/",
        "profiles_proposals",
        path("<slug:profile>/accept/", profiles_proposals.accept_many, name="accept_many"),
        path("undo/<str:token>/", profiles_proposals.reopen_many, name="reopen_many"),
        path("one/<int:proposal>/accept/", profiles_proposals.accept, name="accept"),
        path("one/<int:proposal>/decline/", profiles_proposals.decline, name="decline"),
        path("one/<int:proposal>/reopen/", profiles_proposals.reopen, name="reopen"),
    ),
    noun(
        "accounts/<int:pk>/sheets/",
        "profiles_sheets",
        path("new/", profiles_sheets.create, name="create"),
        path("<int:sheet>/revoke/", profiles_sheets.revoke, name="revoke"),
        path("<int:sheet>/answers/", profiles_sheets.read, name="read"),
        path("<int:sheet>/questions.<str:form>", profiles_sheets.file, name="file"),
    ),
    noun(
        "accounts/<int:pk>/",
        "profiles_brief",
        path("brief/", profiles_brief.show, name="show"),
        path("brief.<str:form>", profiles_brief.file, name="file"),
    ),
    noun("reports/profiles/", "profiles_report", path("", profiles_report.show, name="show")),
    noun("answers/", "profiles_answers", path("<str:token>/", profiles_answers.show, name="show")),
]
