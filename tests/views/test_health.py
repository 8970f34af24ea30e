"""The address that a watcher asks."""

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tenure.models import User


def test_the_health_page_answers_without_log_in_and_asks_the_database(
    db: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.create(email="somebody@example.com", name="Somebody")

    with django_assert_num_queries(1):
        answer = client.get("/health/")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_the_health_page_also_answers_before_the_first_run(db: None, client: Client) -> None:
    assert client.get("/health/").status_code == 200
