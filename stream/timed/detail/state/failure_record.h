// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_FAILURE_RECORD_H
#define TIMED_DETAIL_STATE_FAILURE_RECORD_H

#include <atomic>
#include <boost/asio/error.hpp>
#include <cstdint>

#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

/// The directions in which the last operation may have failed. Before the next one there, a socket
/// on Asio's epoll reactor has to check its readiness: see `timed_socket::notice_readiness()`.
/// Thread-safe.
/// @tparam is_needed `socket_traits::may_miss_readiness`; if false, the record is empty.
template <bool is_needed>
class failure_record {
 public:
  /// Records the failure of an operation. One that was cancelled has not failed.
  [[gnu::noinline]] void note(direction which, const error_code& ec) noexcept {
    if (ec != boost::asio::error::operation_aborted) mark(which);
  }

  /// Records that the operation in a direction may have failed.
  void mark(direction which) noexcept {
    directions_.fetch_or(static_cast<std::uint8_t>(which), std::memory_order_relaxed);
  }

  bool contains(direction which) const noexcept {
    return (directions_.load(std::memory_order_relaxed) & static_cast<std::uint8_t>(which)) != 0;
  }

  void erase(direction which) noexcept {
    const auto others = static_cast<std::uint8_t>(~static_cast<unsigned>(which));
    directions_.fetch_and(others, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint8_t> directions_ = 0;
};

template <>
class failure_record<false> {
 public:
  void note(direction, const error_code&) noexcept {}
  void mark(direction) noexcept {}
  static constexpr bool contains(direction) noexcept { return false; }
  void erase(direction) noexcept {}
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_FAILURE_RECORD_H
