// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_OWNED_DESCRIPTOR_H
#define TIMED_BENCH_HARNESS_OWNED_DESCRIPTOR_H

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace timed::bench {

/// A file descriptor that is closed by the destructor.
class owned_descriptor {
 public:
  owned_descriptor() = default;

  /// @param descriptor Result of a system call.
  /// @throws std::system_error with `what` and the code in `errno` if it is negative.
  owned_descriptor(int descriptor, const char* what) : descriptor_(descriptor) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  owned_descriptor(owned_descriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~owned_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int get() const { return descriptor_; }

  /// Transfers ownership to the caller.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_OWNED_DESCRIPTOR_H
