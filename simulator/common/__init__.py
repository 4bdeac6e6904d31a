"""What several systems see or record in the same way, each for its own export.

``arrivals`` is how people come to the site, ``tags`` what browsers and the app send,
``advertising`` what platforms count, ``reconfirmation`` how long a consent lasts, and
``contact_forms`` how an address or a number is written.
"""
