// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/harness/backend_check.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "backends/active.h"
#include "bench/harness/expect_backend.h"
#include "timed/backend.h"

namespace timed::bench {

std::string check_backend() {
  const std::string built(backend::name());
  const char* expected = std::getenv("TIMED_EXPECTED_BACKEND");
  if (expected != nullptr && expected != built) {
    throw std::runtime_error("the backend " + std::string(expected) +
                             " was requested (TIMED_EXPECTED_BACKEND), but this program is built "
                             "for " +
                             built + ". Build it with --@timed_stream//backends:backend=" +
                             expected + ", or use //bench:report, which builds one for each.");
  }
  const backend::io_context context;  // opens what it needs
  const std::string active = backend::active();
  if (active != built) {
    throw std::runtime_error(
        "this program is built for the backend " + built +
        ", but the file descriptors of its context show " + active +
        ". Another Boost.Asio, or another library with an event loop, is linked into it: depend "
        "on @timed_stream and on no other Asio.");
  }
  return active;
}

void expect_backend() {
  const std::string active = backend::active();
  if (active == backend::name()) return;
  throw std::runtime_error("built for the backend " + std::string(backend::name()) +
                           ", but its descriptors show " + active);
}

}  // namespace timed::bench
