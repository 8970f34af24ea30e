"""Mails as files, where no mail server is set: one ``.eml`` each, which any mail program opens."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes to ``settings.EMAIL_FILE_PATH``, which only its owner reads: links to set a password stand in mails.

    A file is named after its Message-ID and appears whole or not at all: a mail that is sent twice is there once.
    """

    def __init__(self, fail_silently: bool = False, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        made = message.message()
        name = hashlib.sha256(str(made.get("Message-ID") or make_msgid()).encode()).hexdigest()[:24]
        handle, part = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as out:
            out.write(made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            out.flush()
            os.fsync(out.fileno())
        Path(part).replace(self.folder / f"{name}.eml")
