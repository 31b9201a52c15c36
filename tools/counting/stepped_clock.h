// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TOOLS_COUNTING_STEPPED_CLOCK_H
#define TIMED_TOOLS_COUNTING_STEPPED_CLOCK_H

#include <cstdint>
#include <limits>

#include "timed/detail/cheap_clock.h"

namespace timed::counting {

/// Prepares this thread's cheap clock for a program that is counted instruction by instruction.
/// That takes so long that a reading of the steady clock would never be recent.
inline void prepare_clock_for_stepping() noexcept {
  using detail::cheap_clock;
  const detail::time_source source = cheap_clock::source();
  (void)cheap_clock::upper_bound();
  cheap_clock::use(source, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace timed::counting

#endif  // TIMED_TOOLS_COUNTING_STEPPED_CLOCK_H
