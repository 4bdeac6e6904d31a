"""The only clock of a run: its business day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dangol.settings import Company


@dataclass(frozen=True)
class Night:
    """One run of the pipeline, for one business day.

    Parameters
    ----------
    business_date
        The day whose exports are processed.
    as_of
        The end of that day in the business time zone, as an aware UTC time. The tables use no other
        clock.
    run_id
        Names the run in the operational tables; Airflow's ID if Airflow runs it.
    """

    business_date: date
    as_of: datetime
    run_id: str

    @classmethod
    def of(cls, business_date: date, company: Company, run_id: str | None = None) -> Night:
        """Return the night of a business day, which has 23 or 25 hours when clocks change.

        Parameters
        ----------
        run_id
            Defaults to ``night-<business_date>``.

        Returns
        -------
        Night
            With ``as_of`` at the following midnight in the company's time zone.
        """
        following = datetime.combine(
            business_date + timedelta(days=1), time.min, tzinfo=company.zone
        )
        return cls(
            business_date=business_date,
            as_of=following.astimezone(UTC),
            run_id=run_id or f"night-{business_date.isoformat()}",
        )

    @classmethod
    def ending_by(cls, instant: datetime, company: Company, run_id: str | None = None) -> Night:
        """Return the night of the last business day that was over at an instant.

        Parameters
        ----------
        instant
            An aware time, usually the end of Airflow's data interval.
        run_id
            As in `of`.

        Returns
        -------
        Night
            Its ``as_of`` is at or before the instant.
        """
        return cls.of(last_day_over_at(instant, company.zone), company, run_id)


def last_day_over_at(instant: datetime, zone: tzinfo) -> date:
    """Return the last day that was over in a zone at an aware instant."""
    return instant.astimezone(zone).date() - timedelta(days=1)
