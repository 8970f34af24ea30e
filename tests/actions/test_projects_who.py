"""Who is who in the README of a project: filled in from the team and the contacts of the day it is made, and no difference from its template."""

from tenure.actions import projects, projects_mending
from tenure.models import Project
from tenure.queries import projects as queries
from tenure.queries import projects_template
from tenure.rules.projects import TemplateShape
from tests.actions.test_projects import begun, moment
from tests.actions.test_projects_mending import of_2019
from tests.world import World


def template(row: Project) -> TemplateShape:
    found = queries.template_of(row)
    assert found is not None
    return found


TABLE = """| {} | Champion | Moves it forward inside |
| {} | Technical account manager | Owns this project after the sale |"""


def test_the_team_and_the_contacts_of_the_day_stand_in_the_readme(world: World) -> None:
    contacts = world.homeworld.contacts
    contacts.filter(name="Dan of Homeworld Inc.").update(name="Dan | *{tam}*", is_champion=True)

    row = begun(world)

    assert TABLE.format(r"Carol of Homeworld Inc., Dan \| \*{tam}\*", "Tam Technical") in row.readme
    contacts.update(name="Somebody else")
    assert projects_template.of_project(row, template(row)).project["readme"] == row.readme


def test_roles_that_nobody_has_are_to_be_named(world: World) -> None:
    world.homeworld.contacts.update(is_champion=False)
    world.homeworld.assignments.all().delete()

    enterprise = begun(world, actor=world.mona)
    commercial = begun(world, "commercial", actor=world.mona, another=True)

    assert TABLE.format("to be named", "to be named") in enterprise.readme
    assert "- Champion: to be named\n- Technical account manager: to be named\n" in commercial.readme


def test_who_was_filled_in_is_no_difference_and_no_change_of_a_later_version(world: World) -> None:
    row = of_2019(world)  # the TAM came later
    assert TABLE.format("Carol of Homeworld Inc.", "to be named") in row.readme
    projects.change(row, {"readme": row.readme + "\nOurs"}, **moment(world))
    world.homeworld.contacts.update(name="Somebody else")

    changes = [one for one in projects_template.coming(row, world.today)[1] if one.noun == "project"]

    assert [(one.code, one.state) for one in changes] == [("project:project:readme", "clean")]
    assert TABLE.format("Carol of Homeworld Inc.", "to be named") in changes[0].merged
    assert changes[0].merged.endswith("\nOurs")


def test_a_section_that_is_mended_names_who_was_there_when_the_project_was_made(world: World) -> None:
    row = begun(world)
    projects.change(row, {"readme": "# Homeworld"}, **moment(world))
    world.homeworld.contacts.update(name="Somebody else")

    projects_mending.mend(row, ["readme:Who is who"], **moment(world))

    row.refresh_from_db()
    assert row.readme.endswith(TABLE.format("Carol of Homeworld Inc.", "Tam Technical") + "\n")


def test_a_project_of_before_keeps_its_blanks(world: World) -> None:
    row = begun(world)
    del row.base["people"]

    assert TABLE.format("", "") in projects_template.of_project(row, template(row)).project["readme"]
