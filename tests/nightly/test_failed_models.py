"""A real night in which models fail publishes all the rest, and says so wherever it is read."""

from datetime import date

import pytest

from dangol.build.published import open_published
from dangol.night import Night
from dangol.nightly.report import render_report
from dangol.nightly.steps import run_night
from pages.places import page_of
from tests.row_states.conftest import Shop, shop  # noqa: F401  # a fixture

pytestmark = pytest.mark.end_to_end

STATUSES = (
    "select segment_status, spend_status, churn_status, count(*) from ml.customer_scores"
    " group by all"
)


class BrokenError(Exception):
    pass


def broken_for(name, real):
    """Return a function that raises if one of its arguments is, or names, a model."""

    def function(*given, **more):
        if name in [getattr(each, "name", each) for each in given]:
            raise BrokenError(name)
        return real(*given, **more)

    return function


@pytest.fixture
def night(shop: Shop):  # noqa: F811  # the fixture
    """A function that runs the night of three customers, and returns what is read of it."""

    def run():
        shop.land(
            "sales_2017-01-02.csv", "a,1,p,1,1.00,m1", "b,1,p,1,2.00,m2", "c,1,p,1,4.00,m3"
        )  # fmt: skip
        tonight = Night.of(date(2017, 1, 2), shop.settings.company)
        run_night(shop.settings, tonight)
        with open_published(shop.settings) as tables:
            customers = tables.execute("select count(*) from customer_view.customers").fetchall()
            statuses = tables.execute(STATUSES).fetchall()
            steps = tables.execute("select model, failed_step from ml.model_runs").fetchall()
        page = page_of(shop.settings, tonight.business_date).read_text(encoding="utf-8")
        return customers, statuses, dict(steps), render_report(shop.settings, tonight), page

    return run


def test_each_model_may_fail_in_another_step(night, monkeypatch):
    from ml import evaluate, registry, train

    monkeypatch.setattr(train, "samples_of", broken_for("spend", train.samples_of))
    monkeypatch.setattr(evaluate, "samples_of", broken_for("churn", evaluate.samples_of))
    monkeypatch.setattr(registry, "serving", broken_for("segment", registry.serving))
    customers, statuses, steps, report, page = night()
    assert customers == [(3,)]
    assert statuses == [("failed", "failed", "failed", 3)]
    assert steps == {"spend": "train", "churn": "evaluate", "segment": "score"}
    for name, step in steps.items():
        assert f"the step {step} failed: BrokenError" in report
        assert f"failed in {step}" in page, name
    assert "Models that failed" in page


def test_failure_of_one_model_leaves_the_others_as_they_are(night, monkeypatch):
    from ml import train

    monkeypatch.setattr(train, "samples_of", broken_for("spend", train.samples_of))
    customers, statuses, steps, *_ = night()
    assert customers == [(3,)]
    assert statuses == [("not enough data", "failed", "not enough data", 3)]
    assert steps == {"spend": "train", "churn": None, "segment": None}


def test_night_without_features_has_every_other_table(night, monkeypatch):
    def broken(*_):
        raise BrokenError

    monkeypatch.setattr("ml.features.run_layer", broken)
    customers, statuses, steps, *_ = night()
    assert customers == [(3,)]
    assert statuses == [("failed", "failed", "failed", 3)]
    assert set(steps.values()) == {"features"}
