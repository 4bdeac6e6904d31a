"""Drafts a system from samples of its files, and checks a system on files outside the home.

`samples` opens the files and `dialect` finds out how their text is written; `profile` reads them
once, `columns`, `numbers`, `times`, `personal` and `keys` draw conclusions, `contract`, `staging`,
`golden` and `notes` write them down. `check` runs extraction, the models and their gates
in a home of its own (`rehearsal`).
"""
