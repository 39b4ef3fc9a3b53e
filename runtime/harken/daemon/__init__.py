"""harkend: source -> ring -> pipeline -> spool -> outbox of each sink (`harken.daemon.service`)."""
