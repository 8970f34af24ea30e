"""Mails that came back: delivery status notifications (RFC 3464) from a mailbox file, a Maildir, or single messages."""

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_binary_file, policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import Path
from typing import BinaryIO

ENDINGS = {".eml", ".msg", ".txt"}


@dataclass(frozen=True)
class Bounce:
    """What a mail server says of one recipient. ``message_id`` is that of the mail it speaks of, blank where it doesn't say."""

    address: str
    message_id: str
    action: str  # failed | delayed | delivered | relayed | expanded
    status: str  # 5.1.1
    said: str  # the other server's words

    @property
    def failed(self) -> bool:
        """Whether that mail won't arrive any more."""
        return self.action == "failed"

    @property
    def no_mailbox(self) -> bool:
        """Whether the address itself is at fault (5.1.x, or no more precise word): not a full mailbox, nor a server that says no."""
        return self.failed and (self.status.startswith("5.1.") or self.status in ("", "5.0.0"))


def read(path: Path) -> Iterator[EmailMessage]:
    """The messages of a Maildir, a folder of files, an mbox file or a file with one message. Raises OSError."""
    if path.is_dir():
        yield from _of_folder(path)
        return
    with path.open("rb") as file:
        is_mbox = file.read(5) == b"From "
    if not is_mbox:
        with path.open("rb") as file:
            yield one(file)
        return
    for raw in mailbox.mbox(path, create=False):
        yield _modern(raw.as_bytes())


def one(file: BinaryIO) -> EmailMessage:
    """The message in an open file, from a pipe, say."""
    return message_from_binary_file(file, policy=policy.default)


def parse(message: EmailMessage) -> list[Bounce]:
    """What the message says of recipients; nothing for a mail that is no delivery status notification."""
    if message.get_content_type() != "multipart/report" or str(message.get_param("report-type", "")).lower() != "delivery-status":
        return []
    message_id = _original_id(message)
    return [
        Bounce(address, message_id, _word(block, "Action").lower(), _word(block, "Status"), _after(block, "Diagnostic-Code"))
        for part in message.walk() if part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
        if (address := _after(block, "Original-Recipient") or _after(block, "Final-Recipient"))
    ]  # fmt: skip


def _of_folder(path: Path) -> Iterator[EmailMessage]:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        for raw in mailbox.Maildir(path, create=False):
            yield _modern(raw.as_bytes())
        return
    for file in sorted(one_path for one_path in path.iterdir() if one_path.suffix in ENDINGS):
        with file.open("rb") as opened:
            yield one(opened)


def _modern(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)


def _blocks(part: Message) -> list[Message]:
    """The groups of fields: the parser gives them as messages without a body."""
    found = part.get_payload()
    return [block for block in found if isinstance(block, Message)] if isinstance(found, list) else []


def _word(block: Message, name: str) -> str:
    words = str(block.get(name, "")).split()
    return words[0] if words else ""


def _after(block: Message, name: str) -> str:
    """The value behind its type: ``rfc822; tam@example.com``, on one line."""
    kind, sign, value = str(block.get(name, "")).partition(";")
    return " ".join((value if sign else kind).split()).strip("<>")


def _original_id(message: EmailMessage) -> str:
    """The id of the mail that came back: in the copy of it, or of its head, that goes along."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and isinstance(inner := part.get_payload(0), Message):
            return str(inner.get("Message-ID", "")).strip()
        if part.get_content_type() == "text/rfc822-headers":
            head = part.get_payload(decode=True)
            return str(_modern(head if isinstance(head, bytes) else b"").get("Message-ID", "")).strip()
    return str(message.get("In-Reply-To", "")).strip()
