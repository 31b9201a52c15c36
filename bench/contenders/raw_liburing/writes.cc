// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/raw_liburing/writes.h"

#include <chrono>
#include <stdexcept>

#include "bench/contenders/background_times.h"

namespace timed::bench::contenders {

raw_liburing_link_timeout_writes::raw_liburing_link_timeout_writes(
    int descriptor, const std::vector<char>& data, std::size_t background_deadlines_count)
    : data_(data) {
  ring_.register_files({descriptor});
  const auto now = std::chrono::steady_clock::now();
  for_each_background_deadline(
      background_deadlines_count, [&](std::chrono::steady_clock::time_point deadline) {
        __kernel_timespec after{
            .tv_sec = std::chrono::ceil<std::chrono::seconds>(deadline - now).count(),
            .tv_nsec = 0};
        ring_.add_timeout(after);
        ring_.submit();  // before `after` is destroyed
      });
}

std::chrono::steady_clock::duration raw_liburing_link_timeout_writes::run(std::size_t writes) {
  std::size_t remaining = writes;
  const auto began = std::chrono::steady_clock::now();
  write();
  while (remaining > 0 || ring_.deadlines() > 0) {
    ring_.wait_for_each([&](operation&, int result) {
      if (static_cast<std::size_t>(result) != data_.size()) {
        throw std::runtime_error("a write was partial: the socket's buffer is full");
      }
      if (--remaining > 0) write();
    });
  }
  return std::chrono::steady_clock::now() - began;
}

void raw_liburing_link_timeout_writes::write() {
  io_uring_sqe& sqe = ring_.entry();
  ::io_uring_prep_send(&sqe, 0, data_.data(), data_.size(), flags_);
  ::io_uring_sqe_set_data(&sqe, &write_);
  sqe.flags |= IOSQE_FIXED_FILE;
  if (sets_deadlines_) ring_.limit(sqe, timeout_);
}

}  // namespace timed::bench::contenders
