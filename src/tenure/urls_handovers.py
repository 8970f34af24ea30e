"""The table of contents of hand-overs. ``urls`` takes it in."""

from django.urls import URLPattern, URLResolver, path

from tenure.urls_work import noun
from tenure.views import handovers, handovers_list, handovers_start

HANDOVERS: list[URLResolver | URLPattern] = [
    noun(
        "",
        "handovers",
        path("handovers/", handovers_list.list_, name="list"),
        path("handovers/rows/", handovers_list.rows, name="rows"),
        path("handovers/tabs/", handovers_list.tabs, name="tabs"),
        path("handovers/filter/", handovers_list.filter_, name="filter"),
        path("handovers/menu/", handovers_list.menu, name="menu"),
        path("handovers/adjust/", handovers_list.adjust, name="adjust"),
        path("handovers/export/", handovers_list.export, name="export"),
        path("handovers/urgent/", handovers.urgent, name="urgent"),
        path("handovers/<int:pk>/", handovers.show, name="show"),
        path("handovers/<int:pk>/items/<slug:item>/", handovers.tick, name="tick"),
        path("handovers/<int:pk>/items/<slug:item>/open/", handovers.untick, name="untick"),
        path("handovers/<int:pk>/offer/", handovers.offer, name="offer"),
        path("handovers/<int:pk>/accept/", handovers.accept, name="accept"),
        path("handovers/<int:pk>/back/", handovers.send_back, name="send_back"),
        path("handovers/<int:pk>/cancel/", handovers.cancel, name="cancel"),
        path("handovers/<int:pk>/change/", handovers.change, name="change"),
        path("handovers/<int:pk>/undo/<int:event>/", handovers.undo, name="undo"),
        path("accounts/<int:pk>/handovers/new/", handovers_start.start, name="start"),
    ),
]
