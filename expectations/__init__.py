"""What must hold at each boundary between layers."""
