"""What readers get: publications, the pointer to the current one, the dictionary."""
