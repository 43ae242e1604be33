"""What is true, once: tables, queries and migrations. SQLite by default, PostgreSQL by DATABASE_URL.

Every query function takes the caller's transaction, so that what belongs together commits
together. Nothing in here decides anything.
"""
