"""The kinds of landing zone, one module each.

`dangol.extract.landing.Landing` picks one by its address. A new kind is a `Zone` and a line there;
``tests/extract/test_landing_zones.py`` runs the same tests over all of them.
"""
