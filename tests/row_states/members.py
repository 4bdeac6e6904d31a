"""The shop's members: a snapshot, beside its sales."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import yaml

from tests.row_states.conftest import Shop

HEADER = "member,city,shoe_size,left"
STAGING = """
select
    'club' as source_system,
    member as record_id,
    'member' as identifier_type,
    member as identifier_value,
    city,
    shoe_size as own_shoe_size,
    _load_id,
    _row
from {{ source('club', 'members') }}
"""
MODELS = """
models:
  - name: stg_club__contact_records
    config: {meta: {grain: [_load_id, _row], arrives_by: load}}
    description: One row per member.
    columns:
      - name: own_shoe_size
        config: {meta: {publish: true, reason: shoes are sold by size}}
"""
PARTS = r"members_{date}_{part}\.csv"
ABSENT = "tonight's full snapshots lack few of the active rows of contact_records"
CONTESTED = "no two rows of a snapshot contradict each other about contact_records"
SHRUNK = "tonight's full snapshots have nearly as many rows as the largest of the two weeks before"


class Members:
    """The system ``club`` of a shop's company."""

    def __init__(self, shop: Shop, delivery: str, **properties: Any) -> None:
        self.shop = shop
        folder = shop.settings.company_folder / "systems" / "club"
        folder.mkdir(parents=True, exist_ok=True)
        given = {
            "filePattern": r"members_{date}\.csv", "delivery": delivery, "emptyFiles": True,
            "describes": ["contact_records"], "deletionMark": "left_at",
        } | properties  # fmt: skip
        mark_type = given.pop("mark_type", "VARCHAR")
        custom = [{"property": name, "value": value} for name, value in given.items()]
        columns = [
            {"name": "member", "primaryKey": True, "required": True},
            {"name": "city"},
            {"name": "shoe_size"},
            {"name": "left_at", "physicalName": "left", "physicalType": mark_type},
        ]
        document = {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "club", "version": "1.0.0",
            "status": "active",
            "schema": [{"name": "members", "customProperties": custom, "properties": columns}],
        }  # fmt: skip
        (folder / "contract.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
        (folder / "stg_club__contact_records.sql").write_text(STAGING, encoding="utf-8")
        (folder / "_club__models.yml").write_text(MODELS, encoding="utf-8")

    def land(self, name: str, *rows: str) -> Path:
        """Land a file of rows ``member,city,shoe_size,left``, cut anywhere."""
        file = Path(self.shop.settings.landing) / "club" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [row + "," * (3 - row.count(",")) for row in rows]
        file.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
        hour_ago = time.time() - 3600
        os.utime(file, (hour_ago, hour_ago))
        return file

    def known(self) -> dict[str, tuple[Any, ...]]:
        """City, and the day since when they are inactive, if they are, by member."""
        rows = self.shop.ask(
            "select record_id, city, is_active, cast(inactive_since as varchar)"
            " from cleaned.contact_records order by all"
        )
        assert all(is_active == (since is None) for _, _, is_active, since in rows)
        return {member: (city, since) for member, city, _, since in rows}
