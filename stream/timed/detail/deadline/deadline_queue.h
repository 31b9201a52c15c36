// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_DEADLINE_QUEUE_H
#define TIMED_DETAIL_DEADLINE_DEADLINE_QUEUE_H

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

/// A deadline and its place in a `deadline_queue`: the base class of what has the deadline.
///
/// `set()`, `deadline()`, `filed_for()`, `filed_until()` and `deadline_queue::needs_filing()` may
/// be called at any time on any thread. Everything else belongs to the queue.
class deadline_node {
 public:
  /// Points in time and durations are numbers of nanoseconds.
  using nanoseconds = std::int64_t;

  static constexpr nanoseconds none = std::numeric_limits<nanoseconds>::max();

  deadline_node() = default;
  deadline_node(const deadline_node&) = delete;
  deadline_node& operator=(const deadline_node&) = delete;
  ~deadline_node() { assert(link_ == nullptr); }

  /// Maximum delay in the detection of an expiry.
  static constexpr nanoseconds resolution = nanoseconds{1} << 20;

  /// Sets the deadline; `none` removes it. In most cases nothing else is necessary.
  void set(nanoseconds deadline) noexcept { deadline_.store(deadline, std::memory_order_relaxed); }

  nanoseconds deadline() const noexcept { return deadline_.load(std::memory_order_relaxed); }

  /// Returns the earliest deadline for which the node is filed early enough; `none` if it is not
  /// filed.
  nanoseconds filed_for() const noexcept { return filed_for_.load(std::memory_order_relaxed); }

  /// Returns the end of the node's slot; `none` if it is not filed.
  nanoseconds filed_until() const noexcept {
    const nanoseconds earliest = filed_for();
    return earliest == none ? none : earliest + resolution;
  }

 private:
  friend class deadline_queue;

  std::atomic<nanoseconds> deadline_ = none;
  std::atomic<nanoseconds> filed_for_ = none;  // `resolution` before the end of its slot
  deadline_node* next_ = nullptr;
  deadline_node** link_ = nullptr;  // what points to it; null if it is in no list
};

/// The deadlines of many operations, most of which complete long before: a hierarchical timing
/// wheel (Varghese and Lauck 1987) whose nodes are filed lazily, as Linux's TCP does with its
/// retransmission timers.
///
/// A filed node stays where it is when its deadline is moved to a later time, or removed. When its
/// slot comes up, the queue makes it due, and the caller checks the deadline as it is by then: it
/// files the node again, acts on the expiry, or drops the node. A node has to be filed only if its
/// deadline is earlier than its slot: see `needs_filing()`.
///
/// Structure: level k has 256 slots, each 2^k ticks wide; a tick is 2^20 ns, 1.05 ms. A node is
/// filed on the first level that reaches far enough, in the last slot that ends before its
/// deadline. When that slot has come up, the caller files it again, on a lower level; on the lowest
/// one, in the slot at whose end the deadline has passed. So an expiry is detected at most one tick
/// late, and a node whose deadline passes is due two or three times. Deadlines beyond the last
/// level (2.4 hours) are filed at its end.
///
/// The queue has no clock and allocates nothing. The caller serialises all calls, except of
/// `needs_filing()`.
class deadline_queue {
 public:
  using nanoseconds = deadline_node::nanoseconds;

  static constexpr nanoseconds none = deadline_node::none;

  /// Maximum delay in the detection of an expiry.
  static constexpr nanoseconds resolution = deadline_node::resolution;

  /// Returns whether the node has to be filed, as it would become due too late for its deadline.
  static bool needs_filing(const deadline_node& node, nanoseconds now) noexcept {
    const nanoseconds earliest = node.filed_for();
    return earliest == none || earliest > std::max(node.deadline(), now);
  }

  /// @param now The current time, as for all functions here; never negative.
  explicit deadline_queue(nanoseconds now) : now_(now) {}
  deadline_queue(const deadline_queue&) = delete;
  deadline_queue& operator=(const deadline_queue&) = delete;

  /// Files a node by its deadline; also one that is filed already. (If the deadline has just been
  /// removed on another thread, the node is filed nevertheless.)
  void file(deadline_node& node, nanoseconds now) noexcept {
    remove(node);
    now = std::max(now, now_);
    // `advance()` may not have been called for long, but the node has to be within reach.
    if (floor(now, 0) > floor(now_, 0) && now < next_wakeup()) now_ = now;
    // Relative to `now_`, which may be long before, so that it is within the level's slots.
    const nanoseconds deadline = std::min(std::max(node.deadline(), now), now_ + reach);
    const unsigned level = level_of(deadline - now_);
    const nanoseconds number =
        level != 0 ? floor(deadline, level) : std::max(ceil(deadline), floor(now, level) + 1);
    const auto index = static_cast<unsigned>(number % slots);
    link(node, heads_[level][index]);
    node.filed_for_.store(number * width_of(level) - resolution, std::memory_order_relaxed);
    mark(level, index, true);
    assert(node.link_ != nullptr && next_wakeup() <= node.filed_until());
  }

  /// Removes a node, filed or due; does nothing if it is neither. Has to be called before the node
  /// is destroyed.
  void remove(deadline_node& node) noexcept {
    deadline_node** const link = node.link_;
    if (link == nullptr) return;
    unlink(node);
    if (node.filed_for() == none) return;  // the node was due
    node.filed_for_.store(none, std::memory_order_relaxed);
    deadline_node** const first = heads_.front().data();
    if (*link != nullptr || std::less<>()(link, first) ||
        !std::less<>()(link, first + levels * slots)) {
      return;
    }
    const auto place = static_cast<unsigned>(link - first);
    mark(place / slots, place % slots, false);
  }

  /// Makes the nodes due whose slots have come up, after those that are due already. They are then
  /// no longer filed.
  /// @param each Called with each of these nodes.
  /// @return Whether there was any.
  template <class Function>
  bool advance(nanoseconds now, Function each) {
    bool any = false;
    for (unsigned rest = levels_in_use_; rest != 0; rest &= rest - 1) {
      any |= advance(static_cast<unsigned>(std::countr_zero(rest)), now, each);
    }
    now_ = std::max(now_, now);
    return any;
  }

  /// Removes and returns the first node that is due; null if there is none. The order is that in
  /// which `advance()` made them due: that of their slots if it is called for each
  /// `next_wakeup()`, otherwise level by level.
  deadline_node* take_due() noexcept {
    deadline_node* const node = due_;
    if (node == nullptr) return nullptr;
    assert(node->filed_for() == none);
    unlink(*node);
    return node;
  }

  /// Returns whether any node is due.
  bool any_due() const noexcept { return due_ != nullptr; }

  /// Returns when the next occupied slot comes up; `none` if nothing is filed.
  nanoseconds next_wakeup() const noexcept {
    nanoseconds earliest = none;
    for (unsigned rest = levels_in_use_; rest != 0; rest &= rest - 1) {
      const auto level = static_cast<unsigned>(std::countr_zero(rest));
      const nanoseconds next = floor(now_, level) + 1;
      const unsigned empty = empty_from(level, static_cast<unsigned>(next % slots));
      earliest = std::min(earliest, (next + empty) * width_of(level));
    }
    return earliest;
  }

  /// Removes all nodes.
  void clear() noexcept {
    for (auto& level : heads_) {
      for (deadline_node*& head : level) {
        while (head != nullptr) remove(*head);
      }
    }
    while (due_ != nullptr) unlink(*due_);
    assert(levels_in_use_ == 0);
  }

 private:
  static constexpr unsigned slots = 256;
  static constexpr unsigned levels = 16;
  static constexpr unsigned tick_bits = 20;
  // Of the 256 slots from the current one on, rounding up takes one, and the current time's place
  // within the current slot another.
  static constexpr nanoseconds ahead_slots = slots - 2;

  static constexpr nanoseconds width_of(unsigned level) {
    return nanoseconds{1} << (tick_bits + level);
  }
  static constexpr nanoseconds reach = (ahead_slots << (tick_bits + levels - 1)) - 1;

  static constexpr unsigned level_of(nanoseconds ahead) {
    const nanoseconds ticks = std::clamp<nanoseconds>(ahead, 0, reach) >> tick_bits;
    if (ticks < ahead_slots) return 0;
    const auto level = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(ticks))) - 8;
    return (ticks >> level) < ahead_slots ? level : level + 1;
  }

  static constexpr nanoseconds floor(nanoseconds time, unsigned level) {
    return time >> (tick_bits + level);
  }
  static constexpr nanoseconds ceil(nanoseconds time) {
    return (time + resolution - 1) >> tick_bits;
  }

  void mark(unsigned level, unsigned index, bool occupied) noexcept {
    auto& words = occupied_[level];
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    words[index / 64] = occupied ? words[index / 64] | bit : words[index / 64] & ~bit;
    const unsigned level_bit = 1u << level;
    const bool any = (words[0] | words[1] | words[2] | words[3]) != 0;
    levels_in_use_ = any ? levels_in_use_ | level_bit : levels_in_use_ & ~level_bit;
  }

  template <class Function>
  bool advance(unsigned level, nanoseconds now, Function& each) {
    const nanoseconds first = floor(now_, level) + 1;
    const nanoseconds count = std::min<nanoseconds>(floor(now, level) + 1 - first, slots);
    bool any = false;
    for (nanoseconds passed = 0; passed < count; ++passed) {
      const auto index = static_cast<unsigned>(first + passed) % slots;
      const unsigned empty = empty_from(level, index);
      if (empty != 0) {
        passed += empty - 1;
        continue;
      }
      any = true;
      while (deadline_node* const node = heads_[level][index]) {
        unlink(*node);
        node->filed_for_.store(none, std::memory_order_relaxed);
        link(*node, *due_end_);
        due_end_ = &node->next_;
        each(*node);
      }
      mark(level, index, false);
    }
    return any;
  }

  /// Returns the number of empty slots of a level, from the one at `from` on.
  unsigned empty_from(unsigned level, unsigned from) const noexcept {
    for (unsigned passed = 0; passed < slots;) {
      const unsigned index = (from + passed) % slots;
      const std::uint64_t rest = occupied_[level][index / 64] >> (index % 64);
      if (rest != 0) return passed + static_cast<unsigned>(std::countr_zero(rest));
      passed += 64 - index % 64;
    }
    return slots;
  }

  static void link(deadline_node& node, deadline_node*& head) noexcept {
    assert(node.link_ == nullptr);
    node.next_ = head;
    node.link_ = &head;
    if (head != nullptr) head->link_ = &node.next_;
    head = &node;
  }

  void unlink(deadline_node& node) noexcept {
    assert(*node.link_ == &node);
    if (due_end_ == &node.next_) due_end_ = node.link_;
    *node.link_ = node.next_;
    if (node.next_ != nullptr) node.next_->link_ = node.link_;
    node.next_ = nullptr;
    node.link_ = nullptr;
  }

  static_assert(slots / 64 == 4 && levels <= 32);

  nanoseconds now_;             // the latest time for which nodes were made due, or filed
  unsigned levels_in_use_ = 0;  // a bit for each level
  deadline_node* due_ = nullptr;
  deadline_node** due_end_ = &due_;  // where the next node that becomes due is linked
  std::array<std::array<std::uint64_t, slots / 64>, levels> occupied_{};
  std::array<std::array<deadline_node*, slots>, levels> heads_{};
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_DEADLINE_QUEUE_H
