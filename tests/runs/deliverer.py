"""Deliverers in processes of their own. Reads lines ``COUNT MOMENT``: for each it forks so many processes, which deliver what is due at
that moment until nothing is, says their ids, and, when all have ended, how they did (minus the signal, or the exit status).

Settings are Tenure's own: database, mail server and folder come from the environment.
"""

import os
import sys
from datetime import datetime

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.settings"
django.setup()

from tenure.queries import handbook, outbox  # noqa: E402
from tenure.runs import deliver  # noqa: E402


def work(now: datetime) -> None:
    while outbox.due(now).exists():
        deliver.deliver(now)


def fork(now: datetime) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work(now)
            status = 0
        finally:
            os._exit(status)
    return child


if __name__ == "__main__":
    handbook.pack()  # read once, before there is a child; no connection to the database is open yet
    print("ready", flush=True)
    for line in sys.stdin:
        count, moment = line.split()
        children = [fork(datetime.fromisoformat(moment)) for _ in range(int(count))]
        print(*children, flush=True)
        print(*[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children], flush=True)
