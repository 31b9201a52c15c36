// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The deadline queue against a list: no deadline is ever noticed late, or forgotten.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/fuzz/target.h"
#include "tests/histories/choices.h"
#include "timed/detail/deadline/deadline_queue.h"

namespace timed::tests {
namespace {

using detail::deadline_node;
using detail::deadline_queue;
using nanoseconds = deadline_queue::nanoseconds;

constexpr nanoseconds tick = deadline_queue::resolution;
constexpr nanoseconds end_of_time = nanoseconds{1} << 61;

// Used as a deadline service uses it.
class game {
 public:
  explicit game(histories::choices& from) : from_(from), queue_(now_) {}
  game(const game&) = delete;
  ~game() { queue_.clear(); }

  void play() {
    while (!from_.is_exhausted() && now_ < end_of_time) {
      deadline_node& node = nodes_[from_.below(nodes_.size())];
      switch (from_.below(8)) {
        case 0:
          node.set(deadline_node::none);
          break;
        case 1:
          queue_.remove(node);
          node.set(deadline_node::none);
          break;
        case 2:
          let_pass(distance());
          break;
        case 3:
          let_pass_until_wakeup();
          break;
        default:
          node.set(now_ + distance() - (from_.one_in(8) ? distance() : 0));
          if (deadline_queue::needs_filing(node, now_)) queue_.file(node, now_);
      }
      check();
    }
  }

 private:
  // From nanoseconds to years.
  nanoseconds distance() {
    const auto bits = static_cast<unsigned>(from_.below(56));
    const auto rest = static_cast<nanoseconds>(from_.below(65'536));
    const nanoseconds power = nanoseconds{1} << bits;
    return power + (bits > 16 ? rest << (bits - 16) : rest >> (16 - bits));
  }

  void let_pass_until_wakeup() {
    const nanoseconds wakeup = queue_.next_wakeup();
    if (wakeup != deadline_queue::none) let_pass(std::max<nanoseconds>(wakeup - now_, 0));
  }

  void let_pass(nanoseconds time) {
    now_ += time;
    std::size_t due = 0;
    const bool any = queue_.advance(now_, [&](deadline_node& node) {
      require(node.filed_until() == deadline_node::none, "what is due is not filed");
      ++due;
    });
    require(any == (due != 0), "advance() says whether anything is due");
    while (deadline_node* const node = queue_.take_due()) {
      require(due-- > 0, "what is taken was due");
      if (node->deadline() != deadline_node::none && node->deadline() > now_) {
        queue_.file(*node, now_);
      } else {
        node->set(deadline_node::none);
      }
    }
    require(due == 0, "all that is due can be taken");
    require(!queue_.any_due(), "nothing is due then");
  }

  void check() {
    nanoseconds earliest = deadline_node::none;
    for (const deadline_node& node : nodes_) {
      earliest = std::min(earliest, node.filed_until());
      if (node.deadline() == deadline_node::none) continue;
      require(node.filed_until() != deadline_node::none, "what has a deadline is filed");
      require(node.filed_until() - tick <= std::max(node.deadline(), now_),
              "a deadline is looked at within a tick");
      require(node.filed_until() > now_, "what has come up is due");
    }
    require(queue_.next_wakeup() == earliest, "the queue wakes up for the first of the nodes");
  }

  histories::choices& from_;
  nanoseconds now_ = 3'000'000'017;
  deadline_queue queue_;
  std::array<deadline_node, 12> nodes_;
};

}  // namespace

void run_target(std::span<const std::uint8_t> bytes) {
  histories::choices from(bytes.first(std::min<std::size_t>(bytes.size(), 4'000)));
  game(from).play();
}

}  // namespace timed::tests
