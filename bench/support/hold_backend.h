// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_HOLD_BACKEND_H
#define TIMED_BENCH_SUPPORT_HOLD_BACKEND_H

#include <stdexcept>
#include <string>

#include "backends/active.h"
#include "timed/backend.h"

namespace timed::bench {

/// @throws std::runtime_error if this process uses anything but the backend it was built for.
inline void hold_backend() {
  const std::string active = backend::active();
  if (active == backend::name()) return;
  throw std::runtime_error("built for the backend " + std::string(backend::name()) +
                           ", but its descriptors show " + active);
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_HOLD_BACKEND_H
