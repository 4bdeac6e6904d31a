"""Examines the files of the landing zone one by one, and decides what to do with each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dangol import ledger, precedence
from dangol.contracts.deliveries import NamedDelivery
from dangol.contracts.model import Stream
from dangol.extract.batch import Arrival
from dangol.extract.claims import Claims
from dangol.extract.examine import Examiner, rejected
from dangol.extract.known import Known
from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.landing import Landing
from dangol.extract.listing import files_of
from dangol.extract.zones.zone import LandedFile
from dangol.ledger import Load
from dangol.night import Night

_SETTLES_AFTER = 10.0
_LOOK_AGAIN_AFTER = 0.5
# a server's clock may be minutes off, and an upload to it may pause for a second
_REMOTE_SETTLES_AFTER = 300.0
_REMOTE_LOOK_AGAIN_AFTER = 2.0


class Arrivals:
    """The files of one stream that are due tonight.

    Parameters
    ----------
    night
        Files for a later business day are not due.
    known
        The stream's ledger.
    examiner
        Of the stream's files.
    """

    def __init__(
        self, landing: Landing, stream: Stream, night: Night, known: list[Load], examiner: Examiner
    ) -> None:
        self._landing = landing
        self._stream = stream
        self._night = night
        self._examiner = examiner
        self._loads = list(known)
        self._number = max((load.number for load in known), default=0)
        self._looked_at: set[tuple[str, str]] = set()
        self._known = Known(known, stream.is_snapshot)
        self._claims = Claims(known, stream.is_snapshot)
        self._files = [
            (file, named)
            for file, named in files_of(landing, stream)
            if named.last is None or named.last <= night.business_date
        ]
        self._files.sort(key=lambda entry: (*entry[1].order, entry[0].name))

    def look(self) -> Iterator[Arrival]:
        """Examine each file that is not settled yet, oldest business day first.

        Call it until it yields nothing: a correction can unsettle a duplicate of what it corrects.

        Yields
        ------
        Arrival
            Numbered in this order.
        """
        yield from self._removed()
        due = self._due()
        growing = self._still_growing([file for file, _ in due])
        for file, named in due:
            self._looked_at.add((file.name, file.fingerprint))
            load = self._new_load(file, named)
            if file.landed_name in growing:
                arrival = Arrival(replace(load, reason="it is still growing"))
            elif named.problem:
                arrival = rejected(load, named.problem)
            else:
                arrival = self._judged(file, load)
            if arrival.load.status == ledger.WAITING and self._known.is_noted(arrival.load):
                continue
            yield self._noted(arrival)

    def _noted(self, arrival: Arrival) -> Arrival:
        self._number += 1
        self._loads.append(arrival.load)
        self._known.add(arrival.load)
        self._claims.add(arrival.load)
        return arrival

    def _removed(self) -> Iterator[Arrival]:
        """Note the refused files that are no longer in the landing zone: they are settled."""
        last = {load.file: load for load in self._loads}
        listed = {file.name for file, _ in self._files}
        for load in last.values():
            if load.status == ledger.REFUSED and load.file not in listed:
                gone = replace(
                    load,
                    load_id=f"{self._stream.label}.{self._number + 1:06d}",
                    number=self._number + 1,
                    status=ledger.REMOVED,
                    reason="it is no longer in the landing zone",
                    load_date=self._night.business_date.isoformat(),
                    run_id=self._night.run_id,
                )
                yield self._noted(Arrival(gone))

    def _due(self) -> list[tuple[LandedFile, NamedDelivery]]:
        superfluous = precedence.superfluous_copies(self._loads, self._stream.is_snapshot)
        settled = {
            (load.file, load.fingerprint)
            for load in self._loads
            if load.status in {ledger.LOADED, ledger.EMPTY}
            or load.number in superfluous
            # such a file is examined again when the contract has changed
            or (
                load.status in {ledger.REJECTED, ledger.REFUSED}
                and load.contract_digest == self._stream.digest
            )
        }
        unsettled = {
            (load.file, load.fingerprint)
            for load in self._loads
            if load.status == ledger.DUPLICATE and load.number not in superfluous
        }
        settled |= self._looked_at - unsettled
        return [
            entry for entry in self._files if (entry[0].name, entry[0].fingerprint) not in settled
        ]

    def _new_load(self, file: LandedFile, named: NamedDelivery) -> Load:
        number = self._number + 1
        return Load(
            load_id=f"{self._stream.label}.{number:06d}",
            bytes=file.size,
            number=number,
            system=self._stream.system,
            stream=self._stream.name,
            file=file.name,
            fingerprint=file.fingerprint,
            load_date=self._night.business_date.isoformat(),
            run_id=self._night.run_id,
            contract_version=self._stream.version,
            contract_digest=self._stream.digest,
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            first_date=named.first.isoformat() if named.first and named.is_bulk else None,
            file_date=named.last.isoformat() if named.last else None,
            part=named.part,
            revision=named.revision,
            supplement=named.supplement,
        )

    def _judged(self, file: LandedFile, load: Load) -> Arrival:
        """Examine a file and compare it with the earlier ones."""
        try:
            arrival = self._examiner.look_at(file, load)
        except UnreadableFileError as error:
            return Arrival(replace(load, reason=str(error)))
        load = arrival.load
        if load.status == ledger.WAITING and self._known.has_waited(load):
            reason = f"{load.reason}, and it has not changed since an earlier night"
            return rejected(load, reason)
        if load.status == ledger.LOADED:
            copy = replace(load, status=ledger.DUPLICATE)
            if original := self._known.original_of(copy):
                self._examiner.discard(load)
                reason = f"the same content was loaded as {original.load_id} ({original.file})"
                return Arrival(replace(copy, reason=reason, duplicate_of=original.load_id))
        if load.status in {ledger.LOADED, ledger.EMPTY}:
            if contender := self._claims.contender(load):
                self._examiner.discard(load)
                other, reason = contender
                return Arrival(replace(load, status=ledger.REFUSED, reason=reason, contender=other))
        return arrival

    def _still_growing(self, files: list[LandedFile]) -> set[str]:
        """List recently changed files a second time; return those that changed again."""
        is_remote = self._landing.is_remote
        since = time.time() - (_REMOTE_SETTLES_AFTER if is_remote else _SETTLES_AFTER)
        young = [
            file
            for file in files
            if not file.refusal and file.changed_at and file.changed_at > since
        ]
        if not young:
            return set()
        time.sleep(_REMOTE_LOOK_AGAIN_AFTER if is_remote else _LOOK_AGAIN_AFTER)
        listed = {file.name: file.fingerprint for file in self._landing.files(self._stream.system)}
        return {
            file.landed_name for file in young if listed.get(file.landed_name) != file.fingerprint
        }
