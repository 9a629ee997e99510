"""The demo: the shop with its database, worker and beat on this machine, started and stopped as one."""
