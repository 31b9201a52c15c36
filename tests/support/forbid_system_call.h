// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_FORBID_SYSTEM_CALL_H
#define TIMED_TESTS_SUPPORT_FORBID_SYSTEM_CALL_H

namespace timed::tests {

/// Has a system call fail from now on, in this thread and in the threads and programs that it
/// starts, as the seccomp profile of a container runtime does. It cannot be taken back.
/// @param number Its number, such as SYS_io_uring_setup.
/// @param error The errno that it reports.
/// @return Whether the kernel takes the seccomp filter for it.
bool forbid_system_call(int number, int error);

/// Starts this program again without the system call that the environment variable TIMED_WITHOUT
/// names, if it is set: what is found out before main() is then found out without it too.
void run_without_system_call(char** arguments);

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_FORBID_SYSTEM_CALL_H
