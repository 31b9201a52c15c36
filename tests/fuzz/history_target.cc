// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Histories of timed streams (tests/histories) that bytes describe, under manual time.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "tests/fuzz/target.h"
#include "tests/histories/choices.h"
#include "tests/histories/generate.h"
#include "tests/histories/worlds.h"
#include "timed/backend.h"

namespace timed::tests {

void run_target(std::span<const std::uint8_t> bytes) {
  using namespace histories;
  static const std::array<const world*, 6> all{&unix_any,    &unix_strand, &unix_limited,
                                               &tcp_context, &tcp_foreign, &tcp_limited};
  static std::array<std::unique_ptr<stage>, all.size()> stages;
  static const bool is_available = timed::backend::unavailable_reason().empty();
  if (bytes.empty() || !is_available) return;
  const std::size_t chosen = bytes.front() % all.size();
  auto& on = stages[chosen];
  if (!on) on = all[chosen]->make(true);
  choices from(bytes.subspan(1));
  totals counted;
  on->play(generate(from, all[chosen]->has_limits), counted);
}

}  // namespace timed::tests
