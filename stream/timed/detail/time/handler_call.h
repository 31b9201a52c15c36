// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIME_HANDLER_CALL_H
#define TIMED_DETAIL_TIME_HANDLER_CALL_H

#include <cstdint>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// Scope of one call of the completion handler of a stream's operation, on this thread.
///
/// A handler that sets a stream's deadline reads a clock, and the stream is noted here. An
/// operation that it starts on that stream in the same call does not read a clock again. The note
/// is removed at the beginning and at the end of each call, nested ones included.
class handler_call {
 public:
  handler_call() noexcept { noted_ = nothing; }
  handler_call(const handler_call&) = delete;
  ~handler_call() { noted_ = outside; }

  /// Replaces the note by an address, which is only compared. Outside of a call, does nothing.
  static void note(const void* what) noexcept {
    if (noted_ != outside) [[likely]]
      noted_ = reinterpret_cast<std::uintptr_t>(what);
  }

  /// Returns whether `what` was noted last, in the same call.
  static bool has_noted(const void* what) noexcept {
    return noted_ == reinterpret_cast<std::uintptr_t>(what);
  }

  /// Removes the note.
  static void forget() noexcept {
    if (noted_ != outside) noted_ = nothing;
  }

 private:
  static constexpr std::uintptr_t outside = 0;
  static constexpr std::uintptr_t nothing = 1;

  [[gnu::visibility("default")]] inline static constinit thread_local std::uintptr_t noted_ =
      outside;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_TIME_HANDLER_CALL_H
