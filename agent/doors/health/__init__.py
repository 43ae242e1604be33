"""What a supervisor and Prometheus ask a process: does it live, can it do its part, what are the figures."""
