// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/uring/decisions.h"

#include <cstddef>
#include <string>
#include <utility>

namespace timed::uring::tests {

std::size_t every_decision::decide(std::size_t count, bool is_of_chance) {
  if (position_ == path_.size()) {
    path_.push_back({0, count, is_of_chance, path_.empty() ? 0 : path_.back().unusual()});
  }
  return path_[position_++].made;
}

bool every_decision::next() {
  // Depth first: the last decision that can be another one; what followed it is forgotten.
  path_.resize(position_);
  while (!path_.empty()) {
    decision& last = path_.back();
    const bool is_limited = last.is_of_chance && last.unusual_before >= unusual_limit_;
    if (!is_limited && last.made + 1 < last.count) {
      ++last.made;
      position_ = 0;
      return true;
    }
    path_.pop_back();
  }
  return false;
}

std::string every_decision::path() const {
  std::string text, usual;
  for (std::size_t i = 0; i < position_; ++i) {
    (usual += ' ') += std::to_string(path_[i].made);
    if (path_[i].made != 0) text += std::exchange(usual, {});
  }
  return text;
}

}  // namespace timed::uring::tests
