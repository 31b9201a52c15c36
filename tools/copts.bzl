"""The warnings of our own code. That they are errors is said in .bazelrc, so that it holds for us
and not for those who depend on this module with another compiler."""

TIMED_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    # GCC takes the frame of a coroutine for mismatched where it inlines the promise's own operator
    # delete, but not its operator new: in Asio's awaitable, depending on the sanitizer.
    "-Wno-mismatched-new-delete",
]
