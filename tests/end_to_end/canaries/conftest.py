"""The nights of the club, run once: what they left, and a searcher that knows the canaries."""

import pytest

from dangol.id_keys import IdKey
from tests.end_to_end.canaries import kinds, nights, receivers, search

SECRET, FILE_NAME = "secret of ids", "name of a file"


class Nights:
    """What was run.

    Parameters
    ----------
    folder
        Contains everything that was written or printed: a folder each home, and ``alerts``.
    published
        The home after the night that was published, and its exit code.
    stopped
        By place where a night stopped: home, exit codes, and what it printed.
    codes
        Of the commands after the night that was published.
    secret
        That of the home's ids.
    received
        The logins of the mail server, and the paths of the webhook.
    """

    def __init__(self, folder):
        self.folder = folder
        servers = receivers.Receivers(folder / "alerts", folder / "certificate.pem")
        try:
            club = nights.Club(folder / "published", servers.variables).prepare()
            self.published = club, *nights.first_night(club)
            self.secret = club.know_the_secret()
            self.stopped, self.codes = nights.later_nights(club)
        finally:
            servers.stop()
        self.received = servers.logins, servers.paths


@pytest.fixture(scope="module")
def night_after_night(tmp_path_factory):
    return Nights(tmp_path_factory.mktemp("canaries"))


@pytest.fixture(scope="module")
def searcher(night_after_night):
    secret = IdKey(night_after_night.secret)
    padded = {f"{SECRET}, {name}": value for name, value in secret.variables().items()}
    return search.Searcher(
        {kind: search.writings(canary) for kind, canary in kinds.PERSONAL.items()}
        | {FILE_NAME: search.writings(kinds.FILE_NAME)}
        | {name: search.writings(value) for name, value in kinds.CREDENTIALS.items()}
        | {
            name: search.writings_of_bytes(value)
            for name, value in {SECRET: secret.secret, **padded}.items()
        },
        known_hashes=[
            written
            for person in range(kinds.PEOPLE)
            for identifier in kinds.identifiers(person)
            for before in kinds.HASHED
            for written in search.hashes(before + identifier)
        ],
    )
