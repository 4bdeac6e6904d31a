"""The world behind the exports: the people, the products, what happens, and why.

In the order in which to read it: ``seasons``, ``catalogue``, ``people``, ``contacts``;
``campaigns``, ``marketing``, ``comings``, ``behaviour``; ``baskets``, ``browsing``, ``sending``,
``aftermath``; ``unwanted``; ``histories`` and ``sessions``, which count earlier activity; and
``facts``, which turns everything into tables that the systems export. None of these modules knows
any system.
"""
