"""Tenure's own settings, made quick and apart from any real installation."""

import os
from pathlib import Path

from tenure.settings import *  # noqa: F403
from tenure.settings import DATABASES, HOME

worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
UPLOADS = HOME / f"uploads-{worker}"  # each process numbers its runs from 1: their files must not meet

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Hashed names need `collectstatic`, and a live server answers through the finders.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # else every client of a test reads the names, sizes and headers of all static files
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A file, as in real life: WAL and its locks are part of what is tested.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(Path(HOME) / f"test-{worker}.sqlite3")}
