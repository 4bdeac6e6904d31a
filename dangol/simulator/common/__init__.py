"""What several systems see or write down alike, each for its own export.

``tags`` is what browsers and the app send, ``advertising`` what platforms count, ``histories``
what accounts have bought so far, ``reconfirmation`` how long a consent lasts, and
``contact_forms`` how an address or a number is spelt.
"""
