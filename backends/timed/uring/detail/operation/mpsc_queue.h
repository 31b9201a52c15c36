// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_URING_DETAIL_OPERATION_MPSC_QUEUE_H
#define TIMED_URING_DETAIL_OPERATION_MPSC_QUEUE_H

#include <atomic>

#include "timed/uring/detail/operation/operation.h"

namespace timed::uring::detail {

/// Operations on their way from other threads to the loop's: many producers, one consumer.
///
/// The queue's one atomic word also says whether the consumer sleeps. The producer that finds it
/// asleep has to wake it.
class mpsc_queue {
 public:
  /// @return Whether the loop was asleep and this caller, and no other, has to wake it.
  [[nodiscard]] bool push(operation& op) noexcept {
    operation* seen = last_.load(std::memory_order_relaxed);
    do {
      op.next_ = seen == asleep() ? nullptr : seen;
    } while (!last_.compare_exchange_weak(seen, &op, std::memory_order_seq_cst,
                                          std::memory_order_relaxed));
    return seen == asleep();
  }

  /// Whether it is empty. Called by the loop's thread.
  bool empty() const noexcept {
    const operation* const seen = last_.load(std::memory_order_relaxed);
    return seen == nullptr || seen == asleep();
  }

  /// Takes all operations, in their order. The loop is awake then.
  operation_queue take_all() noexcept {
    operation* op = last_.exchange(nullptr, std::memory_order_seq_cst);
    if (op == asleep()) return {};
    operation* first = nullptr;
    while (op != nullptr) {
      operation* const earlier = op->next_;
      op->next_ = first;
      first = op;
      op = earlier;
    }
    operation_queue all;
    while (first != nullptr) {
      operation* const next = first->next_;
      all.push(*first);
      first = next;
    }
    return all;
  }

  /// Marks the loop as asleep, unless operations have arrived.
  /// @return Whether it is.
  bool fall_asleep() noexcept {
    operation* nothing = nullptr;
    return last_.compare_exchange_strong(nothing, asleep(), std::memory_order_seq_cst);
  }

  /// Marks the loop as awake.
  /// @return Whether it was asleep.
  bool wake_up() noexcept {
    operation* sleeping = asleep();
    return last_.compare_exchange_strong(sleeping, nullptr, std::memory_order_seq_cst);
  }

 private:
  // Visible, so that libraries that are compiled with hidden visibility share it.
  [[gnu::visibility("default")]] static operation* asleep() noexcept {
    alignas(operation) static char mark;
    return reinterpret_cast<operation*>(&mark);
  }

  std::atomic<operation*> last_ = nullptr;
};

}  // namespace timed::uring::detail

#endif  // TIMED_URING_DETAIL_OPERATION_MPSC_QUEUE_H
