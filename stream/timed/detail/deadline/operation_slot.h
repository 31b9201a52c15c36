// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_OPERATION_SLOT_H
#define TIMED_DETAIL_DEADLINE_OPERATION_SLOT_H

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include <atomic>
#include <cassert>
#include <cstdint>

#include "timed/detail/always_inline.h"
#include "timed/detail/deadline/deadline_queue.h"

namespace timed::detail {

class expiry_listener;

/// The state of one direction of a stream: its outstanding operation, if any, and that operation's
/// deadline.
class operation_slot : public deadline_node {
 public:
  /// The stream, which is notified of an expiry.
  expiry_listener* stream = nullptr;

  /// Identifies an operation among those of one stream; no operation has 0. Ids wrap, but not
  /// before every expiry and outcome that refers to an earlier operation of the same id is gone.
  using operation_id = std::uint32_t;

  enum class phase : std::uint8_t {
    idle,
    waiting,         ///< Outstanding; no initiating function is running.
    initiating = 2,  ///< The initiating function of one of its steps is running.
    deferring = 3    ///< The same, and actions on the socket are deferred until it returns.
  };

  static constexpr operation_id id_max = (operation_id{1} << 30) - 1;

  enum class outcome : std::uint8_t {
    cancelled,
    closed,
    timed_out_and_closed,
    timed_out_and_cancelled
  };

  /// The outcome of an operation, and which operation it belongs to; by default none.
  class decided_outcome {
   public:
    decided_outcome() = default;
    decided_outcome(operation_id id, outcome what)
        : bits_(id << 2 | static_cast<std::uint32_t>(what)) {
      assert(id != 0 && id <= id_max);
    }
    operation_id id() const noexcept { return bits_ >> 2; }
    outcome what() const noexcept { return static_cast<outcome>(bits_ & 3); }

   private:
    std::uint32_t bits_ = 0;
  };

  /// The last operation of the direction and its phase, in one word, as several threads read it.
  class op_state {
   public:
    constexpr op_state() = default;
    constexpr op_state(operation_id id, phase in, bool times_out_alone = false) noexcept
        : bits_(std::uint64_t{id} << 32 | std::uint64_t{times_out_alone} << 2 |
                static_cast<std::uint64_t>(in)) {
      assert(id != 0 && id <= id_max);
    }

    constexpr operation_id id() const noexcept { return static_cast<operation_id>(bits_ >> 32); }
    constexpr phase in() const noexcept { return static_cast<phase>(bits_ & 3); }
    constexpr bool is_outstanding() const noexcept { return in() != phase::idle; }
    constexpr bool is_initiating() const noexcept {
      return (bits_ & static_cast<std::uint64_t>(phase::initiating)) != 0;
    }
    /// Returns whether its timeout cancels this operation alone and leaves the stream open.
    constexpr bool times_out_alone() const noexcept { return (bits_ & 4) != 0; }
    constexpr op_state with(phase next) const noexcept {
      return op_state((bits_ & ~std::uint64_t{3}) | static_cast<std::uint64_t>(next));
    }
    /// Returns the state with the next step's number, by which the steps of an operation differ.
    constexpr op_state with_next_step() const noexcept {
      constexpr std::uint64_t mask = std::uint64_t{0xffff} << 8;
      return op_state((bits_ & ~mask) | ((bits_ + (1 << 8)) & mask));
    }

   private:
    friend class operation_slot;
    constexpr explicit op_state(std::uint64_t bits) noexcept : bits_(bits) {}
    std::uint64_t bits_ = 0;
  };

  op_state now() const noexcept { return op_state(op_state_.load(std::memory_order_acquire)); }

  void put(op_state next) noexcept {
    assert(!now().is_outstanding() || now().id() == next.id());
    op_state_.store(next.bits_, std::memory_order_release);
  }

  /// Replaces the state if it is `before`; returns whether it was.
  TIMED_ALWAYS_INLINE bool replace(op_state before, op_state next) noexcept {
    if (process_is_single_threaded()) {
      const bool equal = op_state_.load(std::memory_order_relaxed) == before.bits_;
      if (equal) op_state_.store(next.bits_, std::memory_order_relaxed);
      return equal;
    }
    return op_state_.compare_exchange_strong(before.bits_, next.bits_, std::memory_order_acq_rel,
                                             std::memory_order_acquire);
  }

  /// Claims an operation for an expiry or a cancellation: if, after a heavy fence, the operation is
  /// still outstanding, then its `finish()` will see the claim.
  void claim(operation_id id) noexcept { claimed_.store(id, std::memory_order_release); }

  /// Claims the current operation, unless another claim has been made meanwhile, which may be that
  /// of a later operation.
  void claim_current() noexcept {
    const operation_id before = claimed_.load(std::memory_order_acquire);
    claim_unless_claimed_since(before, now().id());
  }

  /// The second half of `claim_current()`.
  /// @param before `claimed()`, read before the operation's id.
  void claim_unless_claimed_since(operation_id before, operation_id id) noexcept {
    claimed_.compare_exchange_strong(before, id, std::memory_order_release,
                                     std::memory_order_relaxed);
  }

  operation_id claimed() const noexcept { return claimed_.load(std::memory_order_relaxed); }

  /// The outcome of the last operation for which one was decided. Used by the state machine only.
  decided_outcome decided;

 private:
  // As std::shared_ptr does it: an atomic read-modify-write costs as much as ten plain operations.
  static bool process_is_single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
    return ::__libc_single_threaded != 0;
#else
    return false;
#endif
  }

  std::atomic<operation_id> claimed_ = 0;
  std::atomic<std::uint64_t> op_state_ = 0;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_OPERATION_SLOT_H
