"""What each system promises, read from the contracts in ``sources/``."""
