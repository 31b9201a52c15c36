"""The compiler options of our own code; others' code is compiled without warnings."""

TIMED_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
]
