"""The night: export files in, one audited view of each customer out."""

from airflow.sdk import Param, TriggerRule, chain, dag, task_group

from dangol.orchestration import alerts, assets, rules, steps
from dangol.orchestration.timetable import NightTimetable
from dangol.settings import get_settings
from ml import MODEL_NAMES

DOC = """
### What it builds
The published warehouse, `warehouse/dangol.duckdb` in the home: one row per customer, the tables
behind it, scores, and the record of the night. Until `publish`, readers keep the previous night's.

### When and from what
Every night at 02:00, from the files whose business date is over by then: landing zone → raw →
cleaned → aggregated → models → customer view. *Trigger* takes another business date; the DAG
`backfill` takes a range.

### If it fails
Nothing is published, and readers keep what they have. Open the log of the first red task.
* **begin**: another run owns the home. The message says which; clear the task once that run ends.
* **extract**: a system's files can't be read. Others continue; clear the task once that is fixed.
* **gate_…**: a check of the data failed. The log names the check, the count and sample rows.
  Fix the data at its source, land it again, clear from **extract**. A gate is never retried.
* **finish**: red unless this run has published with every step done, whatever a person marked.
* **anything else**: clear it; each task is safe to run twice. **copy** only concerns the bucket.

### Owner
data-engineering. Alerts go where `DANGOL_SMTP_*` and `DANGOL_SLACK_WEBHOOK` point.
"""


@dag(
    dag_id="nightly",
    doc_md=DOC,
    schedule=NightTimetable.of("0 2 * * *", get_settings().company),
    catchup=False,
    max_active_runs=1,
    tags=rules.TAGS,
    default_args={"owner": rules.OWNER, "on_failure_callback": alerts.on_failure},
    params={
        "business_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Business date",
            description="Empty: the last business day that is over.",
        )
    },
)
def nightly() -> None:
    """Wire the night."""
    streams = steps.begin().as_setup()
    models = [[name] for name in MODEL_NAMES]

    @task_group
    def raw() -> None:
        chain(
            steps.step("extract", rules.READS_FILES, mapped=True).expand(arguments=streams),
            steps.step("stage_raw", rules.BUILDS),
            steps.step("gate_raw", rules.GATE, outlet=assets.RAW),
        )

    @task_group
    def cleaned() -> None:
        built = steps.step("cleaned", rules.BUILDS)
        built >> steps.step("gate_cleaned", rules.GATE, outlet=assets.CLEANED)

    @task_group
    def aggregated() -> None:
        built = steps.step("aggregated", rules.BUILDS)
        built >> steps.step("gate_aggregated", rules.GATE, outlet=assets.AGGREGATED)

    @task_group
    def ml() -> None:
        chain(
            steps.step("features", rules.BUILDS),
            steps.step("train", rules.LEARNS, mapped=True).expand(arguments=models),
            steps.step("evaluate", rules.LEARNS, mapped=True).expand(arguments=models),
            steps.step("promote", rules.LEARNS),
            steps.step("score", rules.BUILDS, outlet=assets.ML),
        )

    @task_group
    def customer_view() -> None:
        built = steps.step("customer_view", rules.BUILDS)
        built >> steps.step("gate_customer_view", rules.GATE, outlet=assets.CUSTOMER_VIEW)

    published = steps.step("publish", rules.PUBLISHES, outlet=assets.PUBLISHED)
    told = [steps.step("report", rules.REPORTS), steps.step("copy", rules.COPIES)]
    finished = steps.finish().as_teardown(setups=streams, on_failure_fail_dagrun=True)
    # by default it would be skipped with begin, and a run of skipped tasks is green
    finished.operator.trigger_rule = TriggerRule.ALL_DONE
    chain(raw(), cleaned(), aggregated(), ml(), customer_view(), published, told, finished)


nightly()
