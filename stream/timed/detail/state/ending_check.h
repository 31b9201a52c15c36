// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_ENDING_CHECK_H
#define TIMED_DETAIL_STATE_ENDING_CHECK_H

#include <atomic>
#include <cassert>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// A check, in debug builds, that a program does not start an operation while another thread ends
/// those of the same stream.
class ending_check {
 public:
  ending_check() = default;
  ending_check(const ending_check&) = delete;

  /// The scope in which the program ends the outstanding operations.
  class scope {
   public:
    explicit scope(ending_check& check) noexcept : check_(check) { set(true); }
    scope(const scope&) = delete;
    ~scope() { set(false); }

   private:
    void set(bool value) noexcept { check_.is_ending_.store(value, std::memory_order_relaxed); }
    ending_check& check_;
  };

  void assert_not_ending() const noexcept {
    assert(
        !is_ending_.load(std::memory_order_relaxed) &&
        "timed_stream: an operation is started while another thread calls cancel() or close() "
        "on the same stream. Post these calls to the stream's executor, which has to be a strand "
        "if several threads run it");
  }

 private:
  std::atomic<bool> is_ending_ = false;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_ENDING_CHECK_H
