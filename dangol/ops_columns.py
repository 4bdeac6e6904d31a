"""The columns of the tables that the models read about the night and its files."""

CURRENT_RUN = """
    run_id varchar,
    business_date date,
    as_of_utc timestamp,
    timezone varchar,
    currency varchar,
    is_full_refresh boolean,
    previous_business_date date
"""

LOADS = """
    load_id varchar,
    number bigint,
    system varchar,
    stream varchar,
    file varchar,
    sha256 varchar,
    bytes bigint,
    encoding varchar,
    first_date date,
    file_date date,
    part varchar,
    delivery varchar,
    revision integer,
    supplement integer,
    rows_read bigint,
    rows_loaded bigint,
    rows_quarantined bigint,
    rows_skipped bigint,
    comments_skipped bigint,
    totals_skipped bigint,
    headers_skipped bigint,
    blank_skipped bigint,
    duplicate_of varchar,
    superseded_by varchar,
    contract_version varchar,
    status varchar,
    contender varchar,
    reason varchar,
    control_total decimal(38, 8),
    raw_file varchar,
    load_date date,
    run_id varchar,
    started_at_utc timestamp,
    finished_at_utc timestamp,
    is_new boolean
"""
