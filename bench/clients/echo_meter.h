// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CLIENTS_ECHO_METER_H
#define TIMED_BENCH_CLIENTS_ECHO_METER_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace timed::bench {

/// The size of a request, and of its answer.
inline constexpr std::size_t echo_bytes = 64;

/// Counts the bytes that an echo server has echoed, so that it knows when to stop.
///
/// Only the middle is measured: at the start and at the end not all connections are busy.
class echo_meter {
 public:
  /// @param requests Number of requests to measure.
  /// @param margin Number of requests before the measured ones, and after them.
  /// @param on_mark Called at the start and at the end of the measured requests.
  echo_meter(std::uint64_t requests, std::uint64_t margin, std::function<void()> on_mark)
      : begin_(margin * echo_bytes),
        end_(begin_ + requests * echo_bytes),
        total_(end_ + margin * echo_bytes),
        next_(begin_),
        on_mark_(std::move(on_mark)) {}

  /// @return Number of requests that the client has to make.
  std::uint64_t requests() const { return total_ / echo_bytes; }

  /// Called at the start and at the end of the requests, instead of the following, if the server is
  /// a program that nothing is known of but what it takes. All requests are measured then.
  void mark() { on_mark_(); }

  /// Adds the bytes of a completed write.
  /// @return Whether all requests have been answered.
  bool is_complete_after(std::size_t bytes) {
    echoed_ += bytes;
    while (echoed_ >= next_) [[unlikely]] {
      if (next_ == total_) return true;
      next_ = next_ == begin_ ? end_ : total_;
      on_mark_();
    }
    return false;
  }

 private:
  const std::uint64_t begin_;
  const std::uint64_t end_;
  const std::uint64_t total_;
  std::uint64_t next_;
  std::uint64_t echoed_ = 0;
  const std::function<void()> on_mark_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CLIENTS_ECHO_METER_H
