"""Other engines on the same questions, each in its best known form and in its plain one."""
