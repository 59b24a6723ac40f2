import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from actions.extensions import db


def test_health_is_well_when_the_database_answers_and_its_tables_are_ours(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "well"})


def test_health_says_that_migrations_are_missing(app: Flask, client: FlaskClient) -> None:
    newest = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.session.commit()
    try:
        answer = client.get("/health")
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        db.session.commit()
    assert answer.status_code == 503
    assert "flask --app wsgi db upgrade" in answer.get_json()["status"]


def test_health_says_nothing_about_the_machine(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert set(answer.get_json()) == {"status"}
    assert "Server" not in answer.headers


@pytest.mark.requirement("W-20")
def test_health_answers_a_load_balancer_that_asks_by_number_and_nothing_else_does(client: FlaskClient) -> None:
    by_number = {"Host": "10.1.2.3:8000"}
    assert client.get("/health", headers=by_number).status_code == 200
    for path in ("/", "/health/", "/join"):
        assert client.get(path, headers=by_number).status_code == 400
