// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MODEL_BUFFERED_MEMORY_H
#define TIMED_TESTS_MODEL_BUFFERED_MEMORY_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace timed::tests {

/// A memory in which the stores of a thread wait in its buffer, where it sees them itself, as on
/// x86 (total store order).
template <std::size_t threads, std::size_t variables>
class buffered_memory {
 public:
  std::uint8_t load(unsigned thread, unsigned from) const {
    for (unsigned i = sizes_[thread]; i-- > 0;) {
      if (buffers_[thread][i].to == from) return buffers_[thread][i].value;
    }
    return values_[from];
  }

  void store(unsigned thread, unsigned to, unsigned value) {
    buffers_[thread].at(sizes_[thread]++) = {static_cast<std::uint8_t>(to),
                                             static_cast<std::uint8_t>(value)};
  }

  /// Makes the first store of a buffer visible to all; returns whether there was one.
  bool drain(unsigned thread) {
    if (is_drained(thread)) return false;
    auto& buffer = buffers_[thread];
    values_[buffer[0].to] = buffer[0].value;
    std::move(buffer.begin() + 1, buffer.end(), buffer.begin());
    buffer.back() = {};
    --sizes_[thread];
    return true;
  }

  /// Returns whether a thread may do what drains its buffer before: an atomic read-modify-write, by
  /// `direct()`, or a system call.
  bool is_drained(unsigned thread) const { return sizes_[thread] == 0; }

  std::uint8_t& direct(unsigned variable) { return values_[variable]; }
  std::uint8_t direct(unsigned variable) const { return values_[variable]; }

 private:
  struct buffered_store {
    std::uint8_t to, value;
  };

  std::array<std::uint8_t, variables> values_;
  std::array<std::uint8_t, threads> sizes_;
  std::array<std::array<buffered_store, 3>, threads> buffers_;
};

}  // namespace timed::tests

#endif  // TIMED_TESTS_MODEL_BUFFERED_MEMORY_H
