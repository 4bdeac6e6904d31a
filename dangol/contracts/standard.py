"""What Dangol reads of the Open Data Contract Standard itself, for the reference page.

A contract may have every other field of the standard too; the pipeline does not use them.
"""

from __future__ import annotations

from dangol.contracts.columns import SQL_TYPES
from dangol.contracts.model import PERSONAL_CLASSES
from dangol.contracts.properties import Property

STATES = {"active": True, "draft": False, "proposed": False, "deprecated": True, "retired": True}
"""The values of ``status``, and whether such a system delivers."""

CONTRACT = (
    Property("apiVersion", str, "The version of the standard.", "required by the standard",
             example="v3.1.0"),
    Property("kind", str, "Always `DataContract`.", "required by the standard",
             example="DataContract"),
    Property("id", str, "The system: the name of the contract's folder.", "required",
             example="shop"),
    Property("name", str, "The system, for people.", "its id", example="The shop's orders"),
    Property("version", str, "The contract's version, which the ledger records with each file.",
             "required", example="1.0.0"),
    Property("status", str,
             "Whether the system delivers: files of an `active` or `deprecated` one are loaded; "
             "one that is `retired` is read on and still counts, but nothing of it is due; a "
             "`draft` or `proposed` contract is only checked.",
             "required", tuple(STATES), "active"),
    Property("team.name", str, "The owner: who is asked when a file is wrong.", "`unknown`",
             example="store-systems"),
    Property("schema", list, "The streams, which the next section describes.", "required"),
    Property("slaProperties", list,
             "What is promised. `frequency` says after how many open days the next file of a "
             "stream (`element`) must have arrived; `unit` is always `d`.",
             "files arrive when something happens",
             example=[{"property": "frequency", "value": 1, "unit": "d", "element": "orders"}]),
    Property("customProperties", list, "What the standard does not cover.", "none"),
)  # fmt: skip

STREAM = (
    Property("name", str,
             "The stream, which names a folder and a view: lower-case letters, digits and "
             "underscores.",
             "required", example="orders"),
    Property("description", str, "What a row is.", "none", example="One line of an order."),
    Property("properties", list, "The columns, which a later section describes.", "none"),
    Property("customProperties", list, "What the standard does not cover.", "two are required"),
)  # fmt: skip

COLUMN = (
    Property("name", str,
             "Ours, in the lake and in all models: letters, digits and underscores.", "required",
             example="unit_price"),
    Property("physicalName", str,
             "The file's own: the header's text, or a path in a nested record such as "
             "`customer.id`. Case does not matter.", "the name", example="단가(원)"),
    Property("physicalType", str, f"The type in the lake: {SQL_TYPES}.", "VARCHAR",
             example="DECIMAL(18,4)"),
    Property("required", bool,
             "A row without a value is quarantined, a file without the column is rejected.",
             "`false`", example=True),
    Property("primaryKey", bool, "Whether it is part of the key that identifies a row.", "`false`",
             example=True),
    Property("classification", str,
             "Whose data it is: values of the three personal classes are masked in logs and "
             "reports.", "`public`", ("public", *sorted(PERSONAL_CLASSES)), "pseudonymous"),
    Property("description", str, "What it means.", "none", example="Price of a unit."),
    Property("customProperties", list, "What the standard does not cover.", "none"),
)  # fmt: skip
