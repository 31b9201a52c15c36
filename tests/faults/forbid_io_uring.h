// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_FAULTS_FORBID_IO_URING_H
#define TIMED_TESTS_FAULTS_FORBID_IO_URING_H

namespace timed::tests {

/// Makes io_uring_setup fail with `error` in this thread, and in what it starts or becomes, as the
/// seccomp profile of a container runtime does. There is no way back.
/// @return Whether the kernel took the filter.
bool forbid_io_uring(int error);

}  // namespace timed::tests

#endif  // TIMED_TESTS_FAULTS_FORBID_IO_URING_H
