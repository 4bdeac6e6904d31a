"""Dangol Mart's parameters: every number of the world that you may want to change.

The numbers are chosen, not fitted: each says what it means, and the plots in the documentation
compare the outcome with a real retailer's data.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Self

from dangol.errors import DangolError
from simulator import data
from simulator.draws import Draws

EPOCH = date(1970, 1, 1)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
KOREA_AHEAD_MS = 9 * HOUR_MS
"""Korea is nine hours ahead of UTC all year."""


class SimulationError(DangolError):
    """The requested company can't be simulated; the message says why and what is allowed."""


@dataclass(frozen=True)
class Channel:
    """A way to reach people, and its true effect.

    Parameters
    ----------
    name
        As in every table.
    kind
        An advertisement on a platform, or a message to a known address.
    lift
        By how much a saturated exposure raises a person's visits: .3 is 30 % more.
    half_life
        Days after which half of an exposure is forgotten.
    saturation
        Exposures, after forgetting, at which half of the lift is reached.
    reach
        Ads: the chance that a person sees one on a day with an average budget.
    click
        The chance that someone who visits after an exposure comes through it.
    chasing
        Ads: how much more often they are shown to those who are about to buy anyway.
    """

    name: str
    kind: Literal["ad", "message"]
    lift: float
    half_life: float
    saturation: float
    reach: float
    click: float
    chasing: float = 0.0


@dataclass(frozen=True)
class Interaction:
    """The joint effect of two channels beyond what each has alone.

    Parameters
    ----------
    first, second
        Names of channels.
    lift
        What both add when both are saturated; otherwise multiplied by how saturated each is.
    """

    first: str
    second: str
    lift: float


@dataclass(frozen=True)
class Experiment:
    """An A/B test on the site and in the app, with a known lift.

    Parameters
    ----------
    experiment_id, name
        As in the events.
    first_date, last_date
        While it runs.
    lift
        By how much the variant raises the chance that a visit ends in an order.
    app_lift, foreign_lift
        What is added to it for visits in the app, and for foreign customers.
    """

    experiment_id: str
    name: str
    first_date: date
    last_date: date
    lift: float
    app_lift: float = 0.0
    foreign_lift: float = 0.0


CHANNELS = tuple(
    Channel(name, "ad" if kind == "ad" else "message", *map(float, numbers))
    for name, kind, *numbers in data.rows("channels")
)
"""Search ads reach people who would buy anyway: last-click attribution flatters them most."""

INTERACTIONS = tuple(
    Interaction(first, second, float(lift)) for first, second, lift in data.rows("interactions")
)

EXPERIMENTS = tuple(
    Experiment(key, name, date.fromisoformat(first), date.fromisoformat(last), *map(float, lifts))
    for key, name, first, last, *lifts in data.rows("experiments")
)
"""One helps everyone, two help some, one does harm, one does nothing."""


@dataclass(frozen=True)
class Company:
    """The whole world's parameters.

    Parameters
    ----------
    customers
        How many customers the company will ever have, from 1 to ten million.
    seed
        Which world of that size.
    process
        ``life``: seasons, habits, refills, marketing; who comes often spends less each time.
        ``btyd``: the assumptions of buy-till-you-die models and nothing else: each person buys at
        a rate that never changes, until leaving for good; the rates and the chances to leave are
        gamma-distributed and independent (Pareto/NBD: Schmittlein, Morrison and Colombo,
        *Counting your customers*, Management Science 1987), and so is what is spent each time of
        how often (as the gamma-gamma model assumes: Fader and Hardie, 2013), though an order's
        value is a sum of prices and not itself gamma-distributed.
    opened
        The first day of the world. Some people were customers of its shops before.
    channels, interactions
        The channels and their effects.
    experiments
        The A/B tests.
    dirty
        Whether customers and clerks make typing errors.
    """

    customers: int
    seed: int = 0
    process: Literal["life", "btyd"] = "life"
    opened: date = date(2025, 1, 1)
    channels: tuple[Channel, ...] = CHANNELS
    interactions: tuple[Interaction, ...] = INTERACTIONS
    experiments: tuple[Experiment, ...] = EXPERIMENTS
    dirty: bool = True

    # people
    foreign_share: float = 0.10
    known_before_share: float = 0.45
    join_mean_days: float = 420.0
    dropout_mean_days: float = 900.0
    dropout_shape: float = 1.6

    # behaviour, per day and person
    online_visits: float = 0.16
    store_visits: float = 0.045
    visits_shape: float = 0.9
    online_conversion: float = 0.075
    store_conversion: float = 0.82
    card_shown: float = 0.72
    guest_checkout: float = 0.14
    lines_mean: float = 3.2
    return_share: float = 0.045
    stores: int = 30
    holdout_share: float = 0.10

    draws: Draws = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the size and create the draws.

        Raises
        ------
        SimulationError
            If the number of customers is not from 1 to ten million.
        """
        if not 1 <= self.customers <= 10_000_000:
            raise SimulationError(
                f"{self.customers} customers can't be simulated: give from 1 to 10,000,000"
            )
        object.__setattr__(self, "draws", Draws(self.seed))

    def without(self, *names: str) -> Self:
        """Return the same company without the effect of some channels.

        Parameters
        ----------
        *names
            Names of channels. Their advertisements and messages are still sent, but have no effect.

        Returns
        -------
        Company
            It shares every draw with this one, so the difference is the channels' effect.

        Raises
        ------
        SimulationError
            If a channel does not exist.
        """
        if unknown := set(names) - {channel.name for channel in self.channels}:
            raise SimulationError(f"no channel is called {', '.join(sorted(unknown))}")
        return replace(
            self,
            channels=tuple(
                replace(channel, lift=0.0) if channel.name in names else channel
                for channel in self.channels
            ),
            interactions=tuple(
                replace(pair, lift=0.0) if {pair.first, pair.second} & set(names) else pair
                for pair in self.interactions
            ),
        )


def day_number(day: date) -> int:
    """Count the days since 1970-01-01.

    Returns
    -------
    int
        0 for the epoch itself.
    """
    return (day - EPOCH).days
