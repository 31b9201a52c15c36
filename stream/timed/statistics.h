// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// Counters of an execution context, for monitoring.

#ifndef TIMED_STATISTICS_H
#define TIMED_STATISTICS_H

#include <boost/asio/execution_context.hpp>
#include <concepts>
#include <cstdint>
#include <optional>

#include "timed/detail/deadline/deadline_service.h"
#include "timed/uring/ring_statistics.h"

namespace timed {

/// Counters of the streams of one execution context, from the first stream on.
struct context_statistics {
  /// Operations that have reported `error::timeout`, synchronous ones included.
  std::uint64_t timeouts = 0;
  /// Deadlines that were filed in the timing wheel. If each deadline of a stream is later than the
  /// one before it, about one is filed per timeout's duration, not one per operation.
  std::uint64_t deadlines_filed = 0;
  /// Counters of the event loop, if the context is a `timed::uring::io_context`.
  std::optional<uring::ring_statistics> ring;
};

/// Returns the counters of an execution context: `timed::statistics(context)`.
///
/// @par Thread safety
/// May be called on any thread, also while the context is running. The counters need not be of the
/// same moment.
/// @par Cost
/// Counting takes no lock. What happens for each operation is counted by the thread that runs the
/// loop, with plain additions.
template <class Context>
  requires std::derived_from<Context, boost::asio::execution_context>
context_statistics statistics(Context& context) {
  context_statistics all;
  if (boost::asio::has_service<detail::deadline_service>(context)) {
    const auto& service = boost::asio::use_service<detail::deadline_service>(context);
    all.timeouts = service.timeouts();
    all.deadlines_filed = service.deadlines_filed();
  }
  if constexpr (requires {
                  { context.statistics() } -> std::convertible_to<uring::ring_statistics>;
                }) {
    all.ring = context.statistics();
  }
  return all;
}

}  // namespace timed

#endif  // TIMED_STATISTICS_H
