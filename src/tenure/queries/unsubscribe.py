"""The signed links of mails: stop a kind, and see whether a mail was opened. They work without log-in and never end."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tenure.models import User
from tenure.queries import preferences
from tenure.queries.preferences import DIGEST
from tenure.rules import notices as rules
from tenure.rules.packs import Pack

SALT = "tenure.unsubscribe"
SEEN = "tenure.receipt"


@dataclass(frozen=True)
class Stop:
    """What a link asks for: that ``kind`` no longer goes to a person of ours (``user``) or to an ``address``. For a digest ``period`` says which."""

    kind: str
    user: User | None = None
    address: str = ""
    period: str = ""

    @property
    def who(self) -> str:
        """The address that gets no more of it."""
        return self.user.email if self.user else self.address


def token(kind: str, user_id: int | None, address: str = "", period: str = "") -> str:
    """What the link says, signed."""
    said = {"k": kind, "u": user_id, "a": address, "p": period}
    return signing.Signer(salt=SALT).sign_object({key: value for key, value in said.items() if value})


def read(text: str) -> Stop | None:
    """What a link says; None for one that we never made, or of somebody who isn't there any more."""
    try:
        said = signing.Signer(salt=SALT).unsign_object(text)
        user = User.objects.filter(pk=said["u"]).first() if "u" in said else None
        return Stop(said["k"], user, said.get("a", ""), said.get("p", "")) if user or "a" in said else None
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None


def link(route: str, text: str) -> str:
    """The full address of one of these links."""
    return f"{settings.BASE_URL}{reverse(route, args=[text])}"


def kinds(stop: Stop, pack: Pack) -> list[str]:
    """The kinds that it would stop: one, or everything that comes in that digest. Those that may not be switched off are left out."""
    known = pack.notices.kinds
    if stop.kind != DIGEST:
        return [stop.kind] if rules.kind(pack.notices, stop.kind).mutable else []
    if stop.user is None:
        return []
    reader = preferences.reader(stop.user, pack)
    return [key for key, kind in known.items() if kind.mutable and reader.choice(kind).mail == stop.period]


def seen_token(notice_id: int) -> str:
    """For the picture that tells of an opened mail."""
    return signing.Signer(salt=SEEN).sign_object(notice_id)


def seen(text: str) -> int | None:
    """The notice of such a picture; None for one that we never made."""
    try:
        found = signing.Signer(salt=SEEN).unsign_object(text)
    except (signing.BadSignature, ValueError):
        return None
    return found if isinstance(found, int) else None
