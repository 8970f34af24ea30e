"""Tests of Tenure; the folders mirror ``src/tenure``."""
