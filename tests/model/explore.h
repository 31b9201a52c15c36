// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_TESTS_MODEL_EXPLORE_H
#define TIMED_TESTS_MODEL_EXPLORE_H

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace timed::tests {

/// What the exploration of a model has shown.
struct exploration {
  std::size_t states = 0;
  std::string violation;  ///< The first one found, with the shortest path to it; empty if none.
};

/// Explores every state that a model can reach, breadth first, until one violates its invariants.
/// @tparam Model Has a type `state` without padding, and
///     - `first()`, the first state;
///     - `moves`, the number of moves; `move(state&, i)`, which makes one and returns whether it
///       was possible, and `check_end(state)`, called where none is;
///     - `violation()`, what has been violated since the model was made, or empty;
///     - `describe(state, i)`, a move in words.
template <class Model>
exploration explore(Model& model) {
  using state = typename Model::state;
  static_assert(std::has_unique_object_representations_v<state>);
  struct by_bytes {
    std::size_t operator()(const state& of) const {
      return std::hash<std::string_view>()({reinterpret_cast<const char*>(&of), sizeof(of)});
    }
    bool operator()(const state& a, const state& b) const {
      return std::memcmp(&a, &b, sizeof(a)) == 0;
    }
  };
  struct origin {
    const state* before;
    unsigned move;
  };
  std::unordered_map<state, origin, by_bytes, by_bytes> seen;
  std::deque<const state*> next;  // their addresses in `seen`, which are stable
  const auto path_to = [&](const state* at, unsigned last) {
    std::string path = "\n" + model.describe(*at, last);
    for (const origin* from = &seen.at(*at); from->before != nullptr;
         from = &seen.at(*from->before)) {
      path = "\n" + model.describe(*from->before, from->move) + path;
    }
    return path;
  };
  next.push_back(&seen.emplace(model.first(), origin{nullptr, 0}).first->first);
  while (!next.empty()) {
    const state* const now = next.front();
    next.pop_front();
    bool any = false;
    for (unsigned i = 0; i < Model::moves; ++i) {
      state after = *now;
      if (!model.move(after, i)) continue;
      any = true;
      if (!model.violation().empty()) {
        return {seen.size(), model.violation() + path_to(now, i)};
      }
      const auto [place, is_new] = seen.emplace(after, origin{now, i});
      if (is_new) next.push_back(&place->first);
    }
    if (any) continue;
    model.check_end(*now);
    if (!model.violation().empty()) {
      const origin& last = seen.at(*now);
      return {seen.size(), model.violation() + path_to(last.before, last.move)};
    }
  }
  return {seen.size(), {}};
}

}  // namespace timed::tests

#endif  // TIMED_TESTS_MODEL_EXPLORE_H
