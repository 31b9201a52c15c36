// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_EACH_CLOCK_H
#define TIMED_TESTS_SUPPORT_EACH_CLOCK_H

namespace timed::tests {

/// Chooses what the cheap clock reads in this program: what the environment variable TIMED_CLOCK
/// says ("tsc" or "coarse"). Without that variable, the program is run once with each: the coarse
/// clock in a child process, to whose end this waits, and then the counter in this process.
///
/// Called first in main().
/// @return The child's exit status; 0 if there was none.
int run_with_other_clock(char** argv);

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_EACH_CLOCK_H
