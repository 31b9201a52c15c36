"""The warnings of our own code. That they are errors is said in .bazelrc, so that it holds for us
and not for those who depend on this module with another compiler."""

TIMED_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
]
