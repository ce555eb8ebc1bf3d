"""How results look; never measures or judges."""
