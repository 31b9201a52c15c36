"""The suites, in the order in which bench:report runs them."""

SUITES = [
    "connect_rate",
    "echo_cpu",
    "expiry_storm",
    "http_cpu",
    "memory",
    "open_loop",
    "round_trip",
    "throughput",
    "timeouts_under_load",
    "tls_cpu",
    "websocket_cpu",
    "write_latency",
    "timeout_overhead",
]

# Those that only --full and --filter measure, which the default run does not compile.
FULL_ONLY = [
    "connect_rate",
    "expiry_storm",
    "http_cpu",
    "memory",
    "throughput",
    "timeouts_under_load",
    "tls_cpu",
    "websocket_cpu",
]

# Those that are built with TLS.
WITH_TLS = ["tls_cpu"]
