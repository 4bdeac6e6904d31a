"""The steps of a night, who has the home, and the report."""
