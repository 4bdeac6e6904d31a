"""The vocabulary of the DAGs: assets, rules, alerts, the run's lock, Airflow's own settings.

Everything here is imported while Airflow reads the DAG files, so nothing heavy is imported at the
top of a module: the pipeline's steps are looked up when a task runs.
"""
