// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_HISTORIES_STAGE_H
#define TIMED_TESTS_HISTORIES_STAGE_H

#include <memory>
#include <optional>

#include "tests/histories/player.h"
#include "tests/histories/world.h"

namespace timed::tests::histories {

/// A stage for one type of stream.
template <class Stream>
class stage_for final : public stage {
 public:
  explicit stage_for(bool is_manual) {
    if (is_manual) clock_.emplace(context_);
  }

  void play(const history& what, totals& counted) override {
    player<Stream>(context_, network_, clock_ ? &*clock_ : nullptr, what, counted).play();
  }

  static std::unique_ptr<stage> make(bool is_manual) {
    return std::make_unique<stage_for>(is_manual);
  }

 private:
  timed::backend::io_context context_;
  network<typename Stream::protocol_type> network_;
  std::optional<manual_clock> clock_;
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_STAGE_H
