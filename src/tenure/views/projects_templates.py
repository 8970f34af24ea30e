"""The templates of projects for reading: what each version has, and what it changed."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.queries import projects
from tenure.views.shell import PageRequest, needs


@needs(projects.VIEW)
@require_GET
def templates(request: PageRequest) -> HttpResponse:
    """Every template, as it holds today, with its versions."""
    book = projects.book()
    rows = [(versions[-1], book.on(key, request.today), versions) for key, versions in book.templates.items()]
    return render(request, "projects/templates.html", {"rows": rows, "terms": book.terms})


@needs(projects.VIEW)
@require_GET
def template(request: PageRequest, key: str, version: int) -> HttpResponse:
    """One version: its README, first steps, milestones, issues, labels and members."""
    book = projects.book()
    found = book.version(key, version)
    if found is None:
        raise Http404
    issues = [(one, [found.label(label) for label in one.labels], found.milestone(one.milestone)) for one in found.issues]
    context = {
        "t": found,
        "versions": book.templates[key],
        "issues": issues,
        "now": book.on(key, request.today),
        "terms": book.terms,
    }
    return render(request, "projects/template.html", context)
