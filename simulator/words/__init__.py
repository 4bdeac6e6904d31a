"""Turns numbers into words: names, sentences, and typical typing errors.

``vocabulary`` has the tables and macros that queries need; ``texts`` combines sentences. The words
themselves are in ``simulator/data``.
"""
