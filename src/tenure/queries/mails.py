"""A notice as the mail that its reader gets: subject, text and HTML from the handbook's templates, and what its head says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.html import escape

from tenure.models import Notice
from tenure.queries import meetings, preferences, unsubscribe
from tenure.queries.preferences import DIGEST
from tenure.rules import notices as rules
from tenure.rules.catalogues import MailTemplate
from tenure.rules.packs import Pack

SHOWN = 50  # items of a digest; of more it tells the number
FIELD = re.compile(r"\{([a-z_]+)\}")
PLAIN = MailTemplate(key="notice", subject="{title}", text="{title}\n\n{body}\n\n{url}")
LIST = MailTemplate(key=DIGEST, subject="{count} notices, {day}", text="{items}\n\n{settings_url}")
# Mail programs know neither style sheets nor our tokens: what little there is of looks stands in the mark-up.
FRAME = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>'
    '<body style="margin:0;background:#f5f6f8"><div style="max-width:560px;margin:0 auto;padding:24px 16px">'
    '<div style="background:#ffffff;border:1px solid #e4e7ec;border-radius:8px;padding:20px 24px;color:#101828;'
    'font:14px/21px Inter,system-ui,-apple-system,Segoe UI,sans-serif">{content}</div></div></body></html>'
)


@dataclass(frozen=True)
class Mail:
    """A mail, ready but for its sending. ``meeting`` is what an invitation is about."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    meeting: meetings.Meeting | None = None


def message_id(notice: Notice) -> str:
    """The id of the mail, made of the natural key: the same in every try. Nobody outside can guess it, so only who got the mail can
    name it in a bounce."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "tenure"
    return f"<{salted_hmac('tenure.mail', notice.natural_key).hexdigest()[:32]}@{domain}>"


def compose(notice: Notice, pack: Pack) -> Mail:
    """The mail of a notice. An item of a digest gives the digest as it stands now. At most a few queries."""
    if notice.digest:
        return _digest(notice, pack)
    meeting = meetings.read(notice.invitation)
    fields, html = _fields(notice, pack), {}
    if meeting:
        fields |= {"when": meetings.when(meeting), "place": "", "sender": meeting.organizer.name}
    if notice.html:
        html["body"] = notice.html
    key = {"CANCEL": "cancellation", "REQUEST": "invitation"}[meeting.method] if meeting else notice.kind
    template = pack.notices.mails.get(key) or pack.notices.mails.get("notice") or PLAIN
    return _mail(notice, template, fields, html, pack, meeting)


def _digest(notice: Notice, pack: Pack) -> Mail:
    rows = Notice.objects.filter(user=notice.user_id, channel="mail", digest=notice.digest)
    rows = rows.exclude(kind=DIGEST).exclude(state__in=("muted", "cancelled"))
    count, items = rows.count(), list(rows.order_by("id")[:SHOWN])
    period, _, day = notice.digest.partition(":")
    fields = _fields(notice, pack) | {
        "count": str(count), "things": f"{count} thing{'' if count == 1 else 's'}", "day": f"{date.fromisoformat(day):%-d %B %Y}",
        "period": period,
        "items": "\n\n".join(_item(row) for row in items) + _more(count),
    }  # fmt: skip
    html = {"items": f"<ul>{''.join(_item_html(row) for row in items)}</ul><p>{escape(_more(count).strip())}</p>"}
    return _mail(notice, pack.notices.mails.get(DIGEST) or LIST, fields, html, pack, None)


def _more(count: int) -> str:
    return f"\n\nand {count - SHOWN} more in Tenure: {settings.BASE_URL}/notices/" if count > SHOWN else ""


def _item(row: Notice) -> str:
    return "\n".join(
        part for part in (f"* {row.title}", f"  {row.body}" if row.body else "", f"  {_url(row)}" if row.url else "") if part
    )


def _item_html(row: Notice) -> str:
    title = f'<a href="{escape(_url(row))}">{escape(row.title)}</a>' if row.url else escape(row.title)
    body = f'<br><span style="color:#667085">{escape(row.body)}</span>' if row.body else ""
    return f'<li style="margin:0 0 10px">{title}{body}</li>'


def _url(notice: Notice) -> str:
    return f"{settings.BASE_URL}{notice.url}" if notice.url.startswith("/") else notice.url


def _fields(notice: Notice, pack: Pack) -> dict[str, str]:
    return {
        "title": notice.title, "body": notice.body, "url": _url(notice), "kind": preferences.title(pack, notice.kind),
        "settings_url": f"{settings.BASE_URL}/profile/#notices", "stop_url": "",
    }  # fmt: skip


def _mail(
    notice: Notice, template: MailTemplate, fields: dict[str, str], html: dict[str, str], pack: Pack, meeting: meetings.Meeting | None
) -> Mail:  # fmt: skip
    """Fill a template; ``html`` are fields that are mark-up already."""
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if text := _stop(notice, pack):
        fields["stop_url"] = unsubscribe.link("unsubscribe:show", text)
        headers["List-Unsubscribe"] = f"<{unsubscribe.link('unsubscribe:one_click', text)}>"
        if settings.BASE_URL.startswith("https://"):  # mail programs take one click over HTTPS only
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    subject = " ".join(_filled(template.subject, fields).split())
    text = _tidy("\n".join(_filled(line, fields) for line in template.text.splitlines() if not _is_blank(line, fields)))
    marked = {name: escape(value).replace("\n", "<br>") for name, value in fields.items()} | html
    content = _tidy_html(_filled(template.html or _from_text(template.text), marked)) + _receipt_html(notice, pack)
    return Mail(
        notice.user.email if notice.user else notice.address, subject, text + _receipt(pack),
        FRAME.replace("{title}", escape(subject)).replace("{content}", content), message_id(notice), headers,
        meeting.organizer.email if meeting else "", meeting,
    )  # fmt: skip


def _stop(notice: Notice, pack: Pack) -> str:
    """The token of the link that stops such mails; blank where they may not be stopped."""
    period = notice.digest.partition(":")[0]
    kind = DIGEST if notice.digest else notice.kind
    if kind != DIGEST and not rules.kind(pack.notices, kind).mutable:
        return ""
    return unsubscribe.token(kind, notice.user_id, notice.address, period)


def _filled(text: str, fields: Mapping[str, str]) -> str:
    """A template with its fields; a word in braces that is no field stays."""
    return FIELD.sub(lambda match: fields.get(match[1], match[0]), text)


def _is_blank(line: str, fields: Mapping[str, str]) -> bool:
    """Whether a line of a template waits for something that this mail doesn't have, a link to stop what can't be stopped, say."""
    return any(fields.get(name) == "" for name in FIELD.findall(line))


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"


def _tidy_html(text: str) -> str:
    """Without links that lead nowhere, and paragraphs with nothing in them."""
    return re.sub(r"(<br>\s*)+(?=</p>)|<p>\s*(<br>\s*)*</p>\s*", "", re.sub(r'<a href="">[^<]*</a>( · )?', "", text))


def _from_text(text: str) -> str:
    return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", escape(text).strip()))


def _receipt(pack: Pack) -> str:
    receipt = pack.notices.read_receipt
    return f"\n{receipt.sentence}\n" if receipt and receipt.enabled else ""


def _receipt_html(notice: Notice, pack: Pack) -> str:
    """The sentence that says so, and the picture: only where the handbook switches receipts on."""
    if not _receipt(pack) or not notice.pk:
        return ""
    address = unsubscribe.link("receipts:show", unsubscribe.seen_token(notice.pk))
    return f'<p style="color:#667085;font-size:13px">{escape(_receipt(pack).strip())}</p><img src="{escape(address)}" width="1" height="1" alt="">'
