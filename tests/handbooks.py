"""A handbook for tests of work: the shipped one with two playbooks of its own, so that exact days don't hang on the pack's."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tenure.rules import packs

PLAYBOOKS = """
playbooks:
  testing:
    title: Testing
    source: Made up for tests
    type: lifecycle
    reason: Onboarding
    owner: tam
    priority: 1
    editions:
      - from: 2018-06-01
        steps:
          - {key: hand_over, title: Hand over, owner: account_manager, due: 1 day}
          - {key: welcome, title: Welcome, due: 2 business days, after: hand_over}
          - key: kick_off
            title: Kick-off
            due: 7 days
            after: [hand_over, welcome]
            asked: [{key: why, label: Why bought}, {key: seats, label: Seats, kind: number, required: false}]
          - {key: review, title: Review with the manager, owner: tam_manager, due: 1 month}
          - {key: big, title: Write the plan of growth, due: 30 days, only: {segment: Strategic}}
          - {key: thanks, title: Say thank you, owner: solutions_architect}
  passing_on:
    title: Passing on
    source: Made up for tests
    type: activity
    reason: Other
    owner: giver
    people: {giver: Who gives, taker: Who takes}
    editions:
      - from: 2018-06-01
        steps:
          - {key: give, title: Give, owner: giver, due: 1 day}
          - {key: take, title: Take, owner: taker, due: 2 days, after: give}
  not_yet:
    title: Not yet
    source: Made up for tests
    type: activity
    reason: Other
    owner: tam
    editions:
      - {from: 2027-01-01, steps: [{key: one, title: One}]}
"""


@cache
def testing() -> str:
    """A folder of this process with the pack of ``with_testing_playbooks``: read once, and not to be changed."""
    folder = tempfile.mkdtemp(prefix="tenure-handbook-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(with_testing_playbooks(Path(folder)))


def with_testing_playbooks(folder: Path, text: str = PLAYBOOKS) -> Path:
    """A copy of the shipped pack in ``folder`` with the playbooks of the tests."""
    target = folder / "pack"
    if not target.exists():
        shutil.copytree(packs.shipped(), target)
    (target / "playbooks" / "for_tests.yaml").write_text(text)
    return target
