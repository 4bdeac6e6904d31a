"""A synthetic company whose truth is known.

`dangol simulate` writes the export files of **Dangol Mart**, an omnichannel retailer in Korea, day
by day, exactly as the systems of such a company write them, together with the truth that no export
contains: who each record is, who has left for good, what an advertisement did. It contains no real
person's data.

How it is built, in the order in which to read it::

    draws.py      a random number is a function of its key, not of earlier draws
    company.py    Dangol Mart's parameters: every number that you may want to change
    world/        people and what happens: campaigns, visits, orders, as tables
    data/         what is no code: names, sentences, places, headers
    words/        turns numbers into names, sentences and misspellings
    common/       what several systems share: browser tags, platform counts
    systems/      one module per system: the facts as that system's files
    incidents.py  what goes wrong on which day; damage.py applies it
    truth.py      the truth that no export contains
    run.py        days, workers, files; night.py and day.py are one night
    export.py     a file: a query, and the format of its rows (forms.py)

Everything is a function of the seed and of a key, so a day can be written without the days before
it, and the same world can be run again without one channel.
"""
