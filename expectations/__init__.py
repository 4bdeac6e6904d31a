"""The checks at each boundary between layers."""
