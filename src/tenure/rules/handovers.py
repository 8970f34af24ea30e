"""How the things that a hand-over needs stand: what the facts say of each, and what people said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tenure.rules import journey
from tenure.rules.journey import Case, HandOverShape, ItemShape
from tenure.rules.journeyfacts import FACTS

State = Literal["open", "done", "waived", "returned"]
STATES = {
    "preparing": "Preparing",
    "offered": "Offered",
    "returned": "Sent back",
    "accepted": "Accepted",
    "cancelled": "Called off",
}
KINDS = {"sale": "Sale to TAM", "upgrade": "Upgrade", "tam": "TAM to TAM", "disengagement": "Disengagement"}


@dataclass(frozen=True)
class Said:
    """What a person said of an item: done, waived or returned, with a note."""

    state: str
    note: str = ""


@dataclass(frozen=True)
class ItemState:
    """How an item stands, and why in words; ``by_itself``: the facts say that it is done, or not needed."""

    item: ItemShape
    state: State
    why: str
    by_itself: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether the hand-over can't be accepted as long as it stands so."""
        return self.item.needed and not self.item.by_accepting and self.state in ("open", "returned")


def states(shape: HandOverShape, plan: str, case: Case, said: Mapping[str, Said]) -> list[ItemState]:
    """Every item of an engagement plan, in the order of the handbook. What a person said goes before the facts: what was sent back stays
    open until somebody says that it is done."""
    return [_state(item, case, said.get(item.key), shape.playbook) for item in shape.of(plan)]


def missing(found: Iterable[ItemState]) -> list[ItemState]:
    """What stands between a hand-over and its acceptance."""
    return [one for one in found if one.is_missing]


def _state(item: ItemShape, case: Case, said: Said | None, playbook: str | None) -> ItemState:
    if said is not None:
        words = {"done": "Ticked by hand", "waived": "Said not to be needed", "returned": "Sent back"}
        state: State = "returned" if said.state == "returned" else "waived" if said.state == "waived" else "done"
        return ItemState(item, state, f"{words[state]}: {said.note}" if said.note else words[state])
    held, why = journey.holds(item.done_when, case) if item.done_when else (False, "ticked by hand once it is done")
    step = f"{playbook}.{item.step}"
    if item.step and not held and step in case.steps:
        held, why = True, f"{case.word(step)}: done"
    if not held and (spared := journey.spared(item, case)):
        return ItemState(item, "waived", _sentence(spared), by_itself=True)
    if item.rule and item.rule in FACTS:
        why = f"{journey.said(item.rule, case)}; {why}"
    if held:
        return ItemState(item, "done", _sentence(why), by_itself=True)
    return ItemState(item, "open", "Accepting does it" if item.by_accepting else _sentence(why))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
