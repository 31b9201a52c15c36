// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_LOOP_REGISTERED_FILES_H
#define TIMED_URING_DETAIL_LOOP_REGISTERED_FILES_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "timed/uring/detail/loop/descriptor.h"

namespace timed::uring::detail {

class ring;

/// The files that a loop's ring knows by numbers of its own: those that have been in use for a
/// while. Each has the ring as one more user, until nobody else uses it. All of it is the loop's
/// thread's.
class registered_files {
 public:
  /// @param at_most How many files there may be.
  explicit registered_files(std::size_t at_most) : files_(at_most + 1) {}

  /// An operation on the file is about to be submitted.
  void count(ring& with, descriptor& file) noexcept {
    if (file.ring_operations_ != operations_before_registration) count_few(with, file);
  }

  /// Nobody but the ring uses it any more.
  void remove(ring& from, descriptor& file) noexcept;
  void remove_all(ring& from) noexcept;

  /// The ring has gone that they were registered with.
  void drop_all() noexcept;

  bool empty() const noexcept;

 private:
  // After how many operations a file is registered with the ring: that takes a system call, and
  // another one when it is closed.
  static constexpr std::uint8_t operations_before_registration = 16;

  void count_few(ring& with, descriptor& file) noexcept;

  std::vector<descriptor*> files_;  // by their numbers in the ring
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_REGISTERED_FILES_H
