"""Someone hears of a model that failed, although no task is red."""

from dangol.orchestration import alerts, endings


def test_models_that_failed_are_alerted_by_name_as_critical(tonight, monkeypatch):
    sent = []
    monkeypatch.setattr(alerts, "send", lambda alert, environment: sent.append(alert))
    result = {
        "customers": 5,
        "spend": 0,
        "warns": "critical: models failed: spend",
        "alerts": ["spend: the step train failed: MemoryError of kim@example.com"],
    }
    endings.tell_warnings(tonight, result)
    (notice,) = sent
    assert "critical: models failed: spend" in notice.subject
    assert notice.details == ["spend: the step train failed: MemoryError of ***"]


def test_night_in_which_no_model_failed_alerts_nobody(tonight, monkeypatch):
    sent = []
    monkeypatch.setattr(alerts, "send", lambda alert, environment: sent.append(alert))
    endings.tell_warnings(tonight, {"customers": 5, "segment": 5, "spend": 5, "churn": 0})
    assert sent == []
