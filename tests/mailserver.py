"""A mail server in this process, for tests: keeps what it took and answers as it is told."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Server:
    """``rcpt`` and ``data`` are answers by recipient, at RCPT and after DATA; ``slow`` is how long it thinks at most, in seconds, before and
    after it has taken a mail, so that a client may die in between."""

    def __init__(self, slow: float = 0.0) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.slow, self.port = slow, 0
        self._chance = random.Random(7)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if answer := self.rcpt.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if answer := self.data.get(envelope.rcpt_tos[0]):
            return answer
        await asyncio.sleep(self._chance.random() * self.slow)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        await asyncio.sleep(self._chance.random() * self.slow)
        return "250 Taken"


@contextmanager
def running(slow: float = 0.0) -> Iterator[Server]:
    """A server that listens on a free port of this machine while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Server(slow)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.port = port
    try:
        yield handler
    finally:
        controller.stop()
