// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "backends/versions.h"

#include <liburing.h>

#include <boost/version.hpp>
#include <string>

namespace timed::backend {

std::string boost_version() {
  return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) +
         "." + std::to_string(BOOST_VERSION % 100);
}

std::string liburing_version() {
  return std::to_string(io_uring_major_version()) + "." + std::to_string(io_uring_minor_version());
}

}  // namespace timed::backend
