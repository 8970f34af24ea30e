"""Where one lands: the manager's page, a TAM's book, or the portfolio."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def show(request: HttpRequest) -> HttpResponse:
    """The home page of the user's main role."""
    return render(request, "home/show.html")
