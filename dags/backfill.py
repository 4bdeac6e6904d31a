"""Replays a range of business dates, in order, each as a run of ``nightly``."""

from airflow.sdk import Param, dag

from dangol.orchestration import alerts, replay, rules

DOC = """
### What it builds
What `nightly` builds, for each business date in a range, the earliest first. Each date is a run of
`nightly` in that DAG's grid, named `backfill__<date>__…`, and each publishes.

### When and from what
When someone triggers it with a first and a last date, from the files in the landing zone and the
lake. It waits for a running night, and a night waits for it.

### If it fails
It stops at the first night that fails and skips the later ones. Open that run of `nightly`, follow
its log's instructions, then clear the failed and the skipped tasks here: the failed night starts
again, and the others follow.

### Owner
data-engineering. Alerts go where `DANGOL_SMTP_*` and `DANGOL_SLACK_WEBHOOK` point.
"""


@dag(
    dag_id="backfill",
    doc_md=DOC,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=rules.TAGS,
    default_args={"owner": rules.OWNER, "on_failure_callback": alerts.on_failure},
    params={
        "from_date": Param(type="string", format="date", title="First business date"),
        "to_date": Param(type="string", format="date", title="Last business date"),
    },
)
def backfill() -> None:
    """Wire the replay."""
    replay.NightRun.partial(
        task_id="night",
        max_active_tis_per_dagrun=1,
        map_index_template="{{ label }}",
        **rules.AWAITS_NIGHT.arguments(),
    ).expand(business_date=replay.nights())


backfill()
