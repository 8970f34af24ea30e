"""The table of contents of the way from the sale to value: the responsibility matrix. ``urls`` takes it in."""

from django.urls import URLPattern, URLResolver, path

from tenure.urls_work import noun
from tenure.views import journeys

JOURNEY: list[URLResolver | URLPattern] = [
    noun(
        "journeys/",
        "journeys",
        path("<int:pk>/steps/<slug:step>/", journeys.tick, name="tick"),
        path("<int:pk>/steps/<slug:step>/open/", journeys.untick, name="untick"),
        path("accounts/<int:pk>/stage/", journeys.stage, name="stage"),
        path("accounts/<int:pk>/project/", journeys.project, name="project"),
        path("accounts/<int:pk>/undo/<int:event>/", journeys.undo, name="undo"),
    ),
]
