"""The words of the timeline, indexed: SQLite by FTS5 with triggers, PostgreSQL by a GIN index on the words themselves.

Both cut a text at everything that is no letter or digit (``queries.activities`` cuts what is searched for in the same way). A later migration
that rebuilds ``tenure_activity`` on SQLite drops its triggers: run ``create`` of this file again at its end.
"""

from django.db import migrations

FIELDS = ("subject", "outcome", "body")
WORDS = "to_tsvector('simple', regexp_replace(subject || ' ' || outcome || ' ' || body, '[\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]+', ' ', 'g'))"
NEW, OLD = ", ".join(f"new.{name}" for name in FIELDS), ", ".join(f"old.{name}" for name in FIELDS)
ADD = f"insert into tenure_activity_words(rowid, {', '.join(FIELDS)}) values (new.id, {NEW});"
DROP = f"insert into tenure_activity_words(tenure_activity_words, rowid, {', '.join(FIELDS)}) values ('delete', old.id, {OLD});"
SQLITE = [
    f"create virtual table if not exists tenure_activity_words using fts5({', '.join(FIELDS)}, content='tenure_activity', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0')",
    f"create trigger activity_words_add after insert on tenure_activity begin {ADD} end",
    f"create trigger activity_words_drop after delete on tenure_activity begin {DROP} end",
    f"create trigger activity_words_change after update of {', '.join(FIELDS)} on tenure_activity begin {DROP} {ADD} end",
    "insert into tenure_activity_words(tenure_activity_words) values ('rebuild')",
]
SQLITE_BACK = [
    *(f"drop trigger if exists activity_words_{name}" for name in ("add", "drop", "change")),
    "drop table if exists tenure_activity_words",
]


def create(apps, schema_editor):
    """Index what is there, and what comes."""
    sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if sqlite else [f"create index activity_words on tenure_activity using gin ({WORDS})"]:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Take the index away."""
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else ["drop index if exists activity_words"]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("tenure", "0002_work")]
    operations = [migrations.RunPython(create, remove)]
