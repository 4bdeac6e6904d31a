"""The steps of a night, the lock on the home, and the report."""
