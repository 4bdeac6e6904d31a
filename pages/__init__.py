"""What people look at: a page for each night, their index, and dbt's documentation.

Static files under ``$DANGOL_HOME/pages``, private like everything else in the home. They load
nothing, contain no value of a row, and open from the disk or through ``dangol docs``.
"""
