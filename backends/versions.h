// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The versions of the libraries below the streams, as compiled and linked; for reports.

#ifndef TIMED_BACKENDS_VERSIONS_H
#define TIMED_BACKENDS_VERSIONS_H

#include <string>

namespace timed::backend {

/// @return Such as "1.90.0".
std::string boost_version();

/// @return Such as "2.15".
std::string liburing_version();

}  // namespace timed::backend

#endif  // TIMED_BACKENDS_VERSIONS_H
