"""Jobs and who works them. `local` serves one process; more than one needs PostgreSQL."""
