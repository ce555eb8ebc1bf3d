"""What an analyst types: one file per job and the ``shanhe`` command that groups them."""
