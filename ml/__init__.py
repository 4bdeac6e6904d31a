"""What is predicted about each customer, and how it is known to be any good."""

MODEL_NAMES = ("segment", "spend", "churn")
"""The models that a night trains, evaluates, promotes and scores with."""
