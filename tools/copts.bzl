"""Warnings of this repository's code. .bazelrc makes them errors, so in this repository only and
not for dependents, which may have another compiler."""

TIMED_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    # GCC takes the frame of a coroutine for mismatched where it inlines the promise's own operator
    # delete, but not its operator new: in Asio's awaitable, depending on the sanitizer.
    "-Wno-mismatched-new-delete",
]
