"""Numbers become words: names, sentences, and the ways in which people mistype them.

``vocabulary`` is what queries need of it, as tables and macros of the database; ``texts`` puts
sentences together, of which ``korean``, ``english`` and ``care`` are the lists.
"""
