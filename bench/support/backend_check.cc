// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/support/backend_check.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "backends/active.h"
#include "bench/contenders/timed.h"
#include "bench/support/closed_loop.h"
#include "bench/support/operations.h"
#include "bench/support/rig.h"
#include "timed/backend.h"

namespace timed::bench {

std::string check_backend() {
  const std::string built(backend::name());
  const char* expected = std::getenv("TIMED_EXPECTED_BACKEND");
  if (expected != nullptr && expected != built) {
    throw std::runtime_error("the backend " + std::string(expected) +
                             " was asked for (TIMED_EXPECTED_BACKEND), but this program is built "
                             "for " +
                             built + ". Build it with --@timed_stream//backends:backend=" +
                             expected + ", or use //bench:report, which builds one for each.");
  }
  using rig_type = rig<contenders::timed, net::ip::tcp>;
  rig_type rig(net::ip::tcp::v4(), 1, 0);
  closed_loop<contenders::timed, async_write_some, rig_type::stream_type> loop(
      rig.context, rig.stream, rig.data());
  loop.run(1);
  const std::string active = backend::active();
  if (active != built) {
    throw std::runtime_error(
        "this program is built for the backend " + built + ", but after a write its file " +
        "descriptors show " + active +
        ". Another Boost.Asio, or another library with an event loop, is linked into it: depend "
        "on @timed_stream and on no other Asio.");
  }
  return active;
}

}  // namespace timed::bench
