// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_SUPPORT_RATE_TRANSFER_H
#define TIMED_TESTS_SUPPORT_RATE_TRANSFER_H

#include <chrono>
#include <cstddef>
#include <limits>

namespace timed::tests {

// The direction of a transfer, as the first argument of a gate's functions.
constexpr bool read = true;
constexpr bool write = false;

/// As many bytes as the policy permits.
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

/// The time at which a test of a rate policy begins.
constexpr auto start = std::chrono::steady_clock::time_point(std::chrono::hours(1));

/// Transfers at once all that the policy grants.
/// @return The number of bytes.
template <class Gate>
std::size_t pass(Gate& gate, bool reading, std::size_t wanted,
                 std::chrono::steady_clock::time_point now) {
  const auto grant = gate.acquire(reading, wanted, now);
  gate.settle(reading, grant.bytes, grant.bytes, now);
  return grant.bytes;
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_RATE_TRANSFER_H
