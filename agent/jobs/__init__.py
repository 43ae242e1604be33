"""What happens without anyone asking: intake, the outbox, and the sweep that is the net under both."""
