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

/// The files that are registered with a loop's ring: those that have had some operations. The ring
/// holds a reference to each; when that is the last one, the file is removed. Used on the loop's
/// thread only.
class registered_files {
 public:
  /// @param at_most Maximum number of files.
  explicit registered_files(std::size_t at_most) : files_(at_most + 1) {}

  /// An operation on the file is about to be submitted.
  void count(ring& with, descriptor& file) noexcept {
    if (file.ring_operations_ != operations_before_registration) count_and_register(with, file);
  }

  /// Takes out a file to which only the ring has a reference.
  void remove(ring& from, descriptor& file) noexcept;
  void remove_all(ring& from) noexcept;

  /// Takes out all, as their ring does not exist any more.
  void drop_all() noexcept;

  bool empty() const noexcept;

 private:
  // Number of operations after which a file is registered. That takes a system call, and another
  // one when the file is closed.
  static constexpr std::uint8_t operations_before_registration = 16;

  void count_and_register(ring& with, descriptor& file) noexcept;

  std::vector<descriptor*> files_;  // By their numbers in the ring.
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_LOOP_REGISTERED_FILES_H
