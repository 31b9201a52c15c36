// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_COUNTER_H
#define TIMED_DETAIL_COUNTER_H

#include <atomic>
#include <cstdint>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// A number that one thread at a time adds to, and that any thread may read. So adding is a plain
/// addition.
class counter {
 public:
  void add(std::uint64_t number = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_COUNTER_H
