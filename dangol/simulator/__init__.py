"""A synthetic company whose truth is known.

`dangol simulate` writes the export files of **Dangol Mart**, an omnichannel retailer in Korea, day
by day, exactly as the systems of such a company write them, and beside them the truth that no
export tells: who each record is, who has left for good, what an advertisement did. Nothing in it is
a real person's.

How it is built, in the order in which to read it::

    draws.py        a random number is a function of its key, not of what was drawn before
    company.py      Dangol Mart's parameters: every number that one may want to change
    seasons.py      what a day is like: weekday, season, payday, holiday
    people.py       who there is: tastes, rates, lifetimes, households, accounts, devices
    marketing.py    who saw which advertisement and message, and what that does to him
    behaviour.py    visits to the shop, the site and the app, and which of them end in an order
    baskets.py      what was looked at, carried to the checkout, bought and brought back
    world.py        all of it together: the facts of some days, as tables in DuckDB
    systems/        one module for each system: the facts as that system's files
    incidents.py    the days that go wrong
    truth.py        what no export tells
    run.py          days, workers, files

Everything is a function of the seed and of what it is about, so a day can be written without the
days before it, and the same world can be run once more without one channel.
"""
