"""The table of contents: every address of Tenure. Route name = noun:verb = function in views/<noun>.py = template."""

from django.urls import URLPattern, URLResolver, include, path

from tenure.views import home


def noun(prefix: str, name: str, *routes: URLPattern) -> URLResolver:
    """The routes of one noun under its own namespace."""
    return path(prefix, include((list(routes), name)))


urlpatterns: list[URLResolver | URLPattern] = [
    # home
    noun("", "home", path("", home.show, name="show")),
    # login, setup, profile, users (log-in, first run, own profile, user administration)
    # palette, notices
    # accounts (list, export, bulk, 360 and its sections, why, assign, override)
    # views (saved views)
    # reports
    # handbook
    # imports
    # runs
]
