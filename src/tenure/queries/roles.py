"""The handbook's roles in words."""

from typing import Any

from tenure.rules.packs import Pack

MORE = {"previous_owner": "Previous owner", "incoming_tam": "Incoming TAM"}  # roles of an assignment that nobody logs in with


def titles(pack: Pack) -> dict[str, str]:
    """Role key -> title, in the order of the handbook."""
    return {str(role["key"]): str(role["title"]) for role in _listed(pack)} | MORE


def _listed(pack: Pack) -> list[dict[str, Any]]:
    return list((pack.handbook.model_extra or {}).get("team_roles") or ())


def title(key: str, pack: Pack) -> str:
    """A role's title; a key that the handbook doesn't know is spelled out."""
    return titles(pack).get(key, key.replace("_", " ").capitalize())


def short(key: str, pack: Pack) -> str:
    """A role's abbreviation (TAM, AM, SA), else its title."""
    aliases = next((role.get("aliases") or () for role in _listed(pack) if role["key"] == key), ())
    return next((str(alias) for alias in aliases if str(alias).isupper()), title(key, pack))


def called(words: str, pack: Pack) -> list[str]:
    """The roles of which a title or alias has a word that begins with these words: ``csm``, ``customer succ``. One letter says nothing."""
    if len(words) < 2:
        return []
    names = {str(role["key"]): [role["title"], *(role.get("aliases") or ())] for role in _listed(pack)}
    return [key for key, said in names.items() if any(f" {words.lower()}" in f" {name}".lower() for name in said)]
