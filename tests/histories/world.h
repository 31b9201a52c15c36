// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_WORLD_H
#define TIMED_TESTS_HISTORIES_WORLD_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tests/histories/steps.h"
#include "timed/backend.h"

namespace timed::tests::histories {

/// What was done so far.
struct totals {
  std::uint64_t histories = 0;
  std::uint64_t inconclusive = 0;
  std::uint64_t calls = 0;       ///< Of the streams' functions.
  std::uint64_t operations = 0;  ///< Of which started operations, synchronous ones included.
  std::uint64_t timeouts = 0, aborts = 0, bytes = 0;

  void add(const totals& other);
};

/// Plays histories with one type of stream, on one context.
class stage {
 public:
  virtual ~stage() = default;

  /// Plays a history. Calls `fail()` if the streams do not do as the model says.
  virtual void play(const history& what, totals& counted) = 0;
};

/// A type of stream.
struct world {
  std::string_view name;
  bool has_limits;
  std::unique_ptr<stage> (*make)(bool is_manual);
};

/// Returns all of them.
std::span<const world> worlds();

/// How long an operation that has to complete may take. While a history is shrunk, less.
inline std::chrono::milliseconds patience = std::chrono::seconds(20);

/// Ends this process, having told the one that has started it what is wrong.
[[noreturn]] void fail(const std::string& what);

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_WORLD_H
