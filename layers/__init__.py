"""What data there are and reading them truthfully; knows no rule, verdict or colour."""
