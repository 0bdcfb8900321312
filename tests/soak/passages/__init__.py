"""The soak of the passages application: every passage and alert once, equal to one process's."""
