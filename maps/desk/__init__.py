"""The review desk: one page on this machine that reviews sites and keeps what people decide."""
