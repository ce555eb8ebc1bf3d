"""The review of sites: which zones each meets, and what the rules of the day say of that."""
