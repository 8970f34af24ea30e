"""The accounts list: the page, one filter's fields, a group's rows, the export, and changes of many at once."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from tenure.actions import assignments as assigning
from tenure.actions import exports as exporting
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, User
from tenure.queries import accounts, assignments, exports, handbook, lists, saved_views
from tenure.views import listing
from tenure.views.cells import Cells
from tenure.views.shell import PageRequest, needs

PAGE = "accounts"
BULK_LIMIT = 5_000


def state_of(request: PageRequest, params: QueryDict) -> lists.State:
    """The list's state from the URL."""
    pairs = [(name, value) for name, values in params.lists() for value in values]
    return lists.read(pairs, accounts.columns(handbook.pack()), accounts.DEFAULTS)


@needs("account.view")
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view."""
    if not request.GET and (view := saved_views.default(request.user, PAGE)):
        return redirect(f"{request.path}?view={view.pk}&{view.query}")
    state = state_of(request, request.GET)
    rows = accounts.matching(request.user, state, request.today)
    known = accounts.sums(rows, request.user, state)
    context: dict[str, Any] = listing.context(request, state, known, saved_views.of(request.user, PAGE))
    if state.group:
        context["groups"] = listing.groups(state, accounts.groups(rows, state))
    else:
        context["page"] = page = accounts.page(rows, state, known)
        context["rows"] = written(request, page.rows, context)
        context["pager"] = listing.pager(state, page.before, page.after)
    return render(request, "accounts/list.html", context)


def written(request: PageRequest, rows: list[AccountSummary], context: dict[str, Any]) -> list[tuple[AccountSummary, SafeString]]:
    """Each row with its cells as HTML."""
    cells = Cells(context["columns"], request.today, context["query"], context["may"]["assign"] and not request.is_as_of)
    return [(row, cells.row(row)) for row in rows]


@needs("account.view")
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group, for the list that is grouped."""
    state = state_of(request, request.GET)
    found = accounts.matching(request.user, state, request.today)
    known = accounts.sums(found, request.user, state)
    page = accounts.page(found, state, known)
    context = listing.context(request, state, known, []) | {"page": page, "rest": known.count - len(page.rows)}
    context["rows"] = written(request, page.rows, context)
    return render(request, "accounts/rows.html", context)


@needs("account.view")
def filter_(request: PageRequest) -> HttpResponse:
    """The operator and value fields of the column that somebody chose to filter by."""
    columns = accounts.columns(handbook.pack())
    column = columns.get(request.GET.get("column", ""))
    if column is None:
        raise Http404
    return render(request, "lists/condition.html", {"column": column, "operators": column.operators.items()})


@needs("account.view")
def add_filter(request: PageRequest) -> HttpResponse:
    """The list with one more condition: a new filter, or an alternative (or) of the one named by ``to``."""
    state = state_of(request, request.GET)
    url = reverse("accounts:list")
    values = [value for value in request.GET.getlist("value") if value]
    text = ":".join([request.GET.get("column", ""), request.GET.get("operator", ""), listing.packed(values)])
    condition = lists.condition_of(text, state.columns)
    if condition is None:
        messages.error(request, "This filter has no value that can be read, so nothing was filtered.")
        return redirect(f"{url}?{state.query()}")
    return redirect(f"{url}?{listing.with_condition(state, condition, request.GET.get('to', '')).query()}")


@needs("account.export")
def export(request: PageRequest) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    state = state_of(request, request.GET)
    found = accounts.matching(request.user, state, request.today)
    if chosen := [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal()]:
        found = found.filter(pk__in=chosen)
    found = found.order_by(*[("-" if key.descending else "") + key.field for key in accounts.keys(state)])
    columns = [state.columns[key] for key in state.shown]
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    exporting.record("account", found.count(), state.query(), form, actor=request.user, at=timezone.now())
    name = f"accounts-{request.today.isoformat()}.{form}"
    if form == "xlsx":
        return FileResponse(exports.as_xlsx(found, columns), as_attachment=True, filename=name)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(exports.as_csv(found, columns), content_type="text/csv; charset=utf-8", headers=headers)


@needs("account.assign")
def bulk(request: PageRequest) -> HttpResponse:
    """The dialog that asks who becomes TAM of the chosen accounts."""
    load = {row["user_id"]: row for row in assignments.loads()}
    people = [{"user": user, "load": load.get(user.pk)} for user in assignments.candidates("tam")]
    context = {"people": people, "ids": request.GET.getlist("id"), "everything": request.GET.get("all", ""), "query": request.GET.get("query", "")}
    return render(request, "accounts/bulk_assign.html", context)


@require_POST
@needs("account.assign")
def bulk_assign(request: PageRequest) -> HttpResponse:
    """Assign a TAM to the chosen accounts, or to all that match the list."""
    back = f"{reverse('accounts:list')}?{request.POST.get('query', '')}"
    user = User.objects.filter(pk=int(request.POST.get("user") or 0)).first() if (request.POST.get("user") or "").isdecimal() else None
    if user is None:
        messages.error(request, "Choose who becomes TAM. Nothing was changed.")
        return redirect(back)
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isdecimal()]
    if request.POST.get("all"):
        state = state_of(request, QueryDict(request.POST.get("query", "")))
        ids = list(accounts.matching(request.user, state, request.today).values_list("pk", flat=True)[:BULK_LIMIT])
    try:
        done = assigning.assign_many(
            ids, user, "tam", from_date=request.today, actor=request.user, at=timezone.now(), reason=request.POST.get("reason", "").strip()[:500]
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(back)
    messages.success(request, listing.told(done, user))
    return redirect(back)

