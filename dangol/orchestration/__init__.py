"""Building blocks of the DAGs: assets, rules, alerts, tasks, Airflow's own settings.

Airflow imports everything here when it parses the DAG files, so no module imports anything heavy at
the top: the pipeline's steps are looked up when a task runs.
"""
