"""What is predicted about each customer, and how it is known to be any good."""
