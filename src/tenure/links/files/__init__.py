"""Files that people drop in: CSV, workbooks, JSON answers, archives and folders, read as tables of text."""
