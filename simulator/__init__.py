"""A synthetic company whose truth is known.

`dangol simulate` writes the export files of **Dangol Mart**, an omnichannel retailer in Korea, day
by day, exactly as the systems of such a company write them, and beside them the truth that no
export tells: who each record is, who has left for good, what an advertisement did. Nothing in it is
a real person's.

How it is built, in the order in which to read it::

    draws.py      a random number is a function of its key, not of what was drawn before
    company.py    Dangol Mart's parameters: every number that one may want to change
    world/        who there is and what happens: people, campaigns, visits, orders, as tables
    words/        names, sentences and misspellings
    common/       what several systems see alike: tags of browsers, counts of platforms
    systems/      one module for each system: the facts as that system's files
    incidents.py  the days that go wrong, and damage.py, which carries them out
    truth.py      what no export tells
    run.py        days, workers, files; night.py and day.py are one night of them
    export.py     a file: a query, and of forms.py the one in which its rows are written

Everything is a function of the seed and of what it is about, so a day can be written without the
days before it, and the same world can be run once more without one channel.
"""
