"""A worker's sign of life, given by a thread of its own: the worker itself may be busy for long."""

import logging
import time
from threading import Thread

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from tenure.actions import workers

log = logging.getLogger(__name__)
EVERY = 15  # seconds


def begin() -> None:
    """Give a sign of life every ``EVERY`` seconds for as long as this process lives."""
    Thread(target=_forever, name="beat", daemon=True).start()


def _forever() -> None:
    while True:
        try:
            close_old_connections()
            workers.beat(at=timezone.now())
        except DatabaseError:  # locked or away for a while
            log.info("No sign of life could be given", exc_info=True)
        time.sleep(EVERY)
