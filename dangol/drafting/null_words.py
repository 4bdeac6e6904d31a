"""The words that systems write where there is no value."""

NULL_WORDS = (
    "NULL", "null", "Null", "(null)", "<null>", "N/A", "n/a", "NA", "#N/A", "NaN", "nan", "-", "--",
    "None", "none", "nil", "undefined", "없음", "미입력", "해당없음", "k.A.",
)  # fmt: skip
