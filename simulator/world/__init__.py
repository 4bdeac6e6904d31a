"""The world behind the exports: who there is, what is sold, what happens, and why.

In the order in which to read it: ``seasons``, ``catalogue``, ``people``, ``contacts``;
``campaigns``, ``marketing``, ``comings``, ``behaviour``; ``baskets``, ``browsing``, ``sending``,
``aftermath``; ``unwanted``; ``histories`` and ``sessions``, which count what was done before; and
``facts``, where all of it becomes tables that the systems export. No module of it knows any system.
"""
