"""The suites, in the order in which bench:report runs them."""

SUITES = [
    "connect_rate",
    "echo_cpu",
    "expiry_storm",
    "memory",
    "open_loop",
    "round_trip",
    "write_latency",
    "timeout_overhead",
]
