"""Files of CTAs over HTTP: who gets them, how they are handed out, and what is refused."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tenure.actions import attachments
from tenure.models import Activity
from tests import work
from tests.conftest import ClientFor
from tests.world import World

CARD = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "cta"}


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENTS = tmp_path / "attachments"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_file_is_only_ever_a_download(world: World, client_for: ClientFor) -> None:
    row = attachments.add(
        work.cta(world),
        "Plan für \u201cHomeworld\u201d.txt",
        io.BytesIO(b"<script>alert(1)</script>"),
        actor=world.tam,
        at=world.at,
    )

    response = client_for(world.mona).get(f"/attachments/{row.pk}/")

    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Plan%20f%C3%BCr%20%E2%80%9CHomeworld%E2%80%9D.txt"
    assert (response["X-Content-Type-Options"], response["Content-Type"]) == ("nosniff", "text/plain")
    assert (response["Content-Security-Policy"], response["Cache-Control"]) == (
        "default-src 'none'; sandbox",
        "private, no-store",
    )


def test_a_file_is_for_who_sees_its_cta(world: World, client_for: ClientFor) -> None:
    row = attachments.add(work.cta(world), "Plan.txt", io.BytesIO(b"secret"), actor=world.tam, at=world.at)
    draft = Activity.objects.create(
        account=world.homeworld, owner=world.tam, kind="call", draft=True, source="tenure", recorded_at=world.at
    )
    mine = attachments.add(draft, "Draft.txt", io.BytesIO(b"draft"), actor=world.tam, at=world.at)

    def got(who: str, pk: int) -> int:
        return client_for(world.people[who]).get(f"/attachments/{pk}/").status_code

    assert [got(who, row.pk) for who in ("tam", "mona", "tessa", "olga", "fin")] == [200, 200, 404, 404, 403]
    assert [got(who, mine.pk) for who in ("tam", "mona", "tessa", "olga")] == [200, 404, 404, 404]
    attachments.delete(row, actor=world.tam, at=world.at)
    assert got("tam", row.pk) == 404


def test_a_file_comes_by_its_form(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client: Client = client_for(world.tam)
    file = io.BytesIO(b"%PDF-1.7")
    file.name = "../Plan.pdf"

    kept = client.post(f"/ctas/{row.pk}/attachments/new/", {"file": file}, **CARD)
    nothing = client.post(f"/ctas/{row.pk}/attachments/new/", {}, **CARD)

    assert ("Plan.pdf" in text(kept), "Choose a file." in text(nothing)) == (True, True)
    assert [one.name for one in row.attachments.all()] == ["Plan.pdf"]


def test_a_file_over_the_limit_is_refused_in_words_whether_it_was_read_or_not(
    world: World, client_for: ClientFor, settings: Any
) -> None:
    settings.MAX_ATTACHMENT_BYTES = 8 * 1024**2
    row, client = work.cta(world), client_for(world.tam)

    def send(size: int) -> Any:
        file = io.BytesIO(b"%PDF-1.7".ljust(size))
        file.name = "Plan.pdf"
        return client.post(f"/ctas/{row.pk}/attachments/new/", {"file": file}, **CARD)

    kept, refused, unread = send(7 * 1024**2), send(8 * 1024**2 + 1), send(10 * 1024**2)

    assert (kept.status_code, refused.status_code, unread.status_code) == (200, 200, 413)
    assert ["A file may have up to 8 MB" in text(one) for one in (kept, refused, unread)] == [False, True, True]
    assert unread["HX-Retarget"] == "#toasts"
    assert unread.content.decode().count("tn-toast") == 1
    assert "A file may have up to 8 MB: send a smaller one, or put a link in a comment." in text(unread)
    assert [one.size for one in row.attachments.all()] == [7 * 1024**2]
