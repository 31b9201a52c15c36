// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_FSM_H
#define TIMED_DETAIL_STREAM_FSM_H

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <optional>

#include "timed/detail/asymmetric_fence.h"
#include "timed/detail/deadline_queue.h"
#include "timed/direction.h"
#include "timed/timeout_action.h"

namespace timed::detail {

class deadline_owner;

/// One direction of a stream: the operation that occupies it, and its deadline.
class operation_slot : public deadline_node {
 public:
  /// The stream, for the queue's sake.
  deadline_owner* stream = nullptr;

  /// Tells an operation apart from the ones before and after it in the same stream. It may wrap: it
  /// has to be unique only as long as an expiry may still be on its way, or what was decided when
  /// the operation was just over has not been overwritten. None is 0.
  using ticket = std::uint32_t;

  enum class phase : std::uint8_t {
    idle,
    waiting,         ///< No function that initiates one of its steps is at work on the socket.
    initiating = 2,  ///< Such a function is.
    interrupted = 3  ///< Likewise, and it is to be told so when it returns.
  };

  static constexpr ticket ticket_max = (ticket{1} << 30) - 1;

  enum class fate : std::uint8_t { cancelled, timed_out, timed_out_alone };

  /// What has been decided of an operation; of none by default.
  class decision {
   public:
    decision() = default;
    decision(ticket owner, fate what) : bits_(owner << 2 | static_cast<std::uint32_t>(what)) {}
    ticket owner() const noexcept { return bits_ >> 2; }
    fate what() const noexcept { return static_cast<fate>(bits_ & 3); }

   private:
    std::uint32_t bits_ = 0;
  };

  /// What is at work in the direction: one word, as several threads look at it.
  class occupant {
   public:
    constexpr occupant() = default;
    constexpr occupant(ticket owner, phase in, bool times_out_alone = false) noexcept
        : bits_(std::uint64_t{owner} << 32 | std::uint64_t{times_out_alone} << 2 |
                static_cast<std::uint64_t>(in)) {}

    constexpr ticket owner() const noexcept { return static_cast<ticket>(bits_ >> 32); }
    constexpr phase in() const noexcept { return static_cast<phase>(bits_ & 3); }
    constexpr bool is_outstanding() const noexcept { return in() != phase::idle; }
    constexpr bool is_initiating() const noexcept {
      return (bits_ & static_cast<std::uint64_t>(phase::initiating)) != 0;
    }
    /// @return Whether its timeout leaves the stream open.
    constexpr bool times_out_alone() const noexcept { return (bits_ & 4) != 0; }
    constexpr occupant with(phase next) const noexcept {
      return occupant((bits_ & ~std::uint64_t{3}) | static_cast<std::uint64_t>(next));
    }
    /// The steps of an operation are told apart, too.
    constexpr occupant with_next_step() const noexcept {
      constexpr std::uint64_t mask = std::uint64_t{0xffff} << 8;
      return occupant((bits_ & ~mask) | ((bits_ + (1 << 8)) & mask));
    }

   private:
    friend class operation_slot;
    constexpr explicit occupant(std::uint64_t bits) noexcept : bits_(bits) {}
    std::uint64_t bits_ = 0;
  };

  occupant now() const noexcept { return occupant(occupant_.load(std::memory_order_acquire)); }

  void put(occupant next) noexcept { occupant_.store(next.bits_, std::memory_order_release); }

  /// @return Whether it was `before`, and so has become `next`.
  bool replace(occupant before, occupant next) noexcept {
    if (process_is_single_threaded()) {
      const bool equal = occupant_.load(std::memory_order_relaxed) == before.bits_;
      if (equal) occupant_.store(next.bits_, std::memory_order_relaxed);
      return equal;
    }
    return occupant_.compare_exchange_strong(before.bits_, next.bits_, std::memory_order_acq_rel,
                                             std::memory_order_acquire);
  }

  /// An expiry announces itself to the operation: if, after a heavy fence, that is still
  /// outstanding, then its `finish()` will see the claim.
  void claim(ticket owner) noexcept { claimed_.store(owner, std::memory_order_release); }

  /// Claims the operation that is outstanding now, unless another claim has been made meanwhile,
  /// which may be of a later one.
  void claim_present() noexcept {
    const ticket before = claimed_.load(std::memory_order_acquire);
    claim_unless_claimed_since(before, now().owner());
  }

  /// The second half of `claim_present()`.
  /// @param before What `claimed()` was before it was seen who the owner is.
  void claim_unless_claimed_since(ticket before, ticket owner) noexcept {
    claimed_.compare_exchange_strong(before, owner, std::memory_order_release,
                                     std::memory_order_relaxed);
  }

  ticket claimed() const noexcept { return claimed_.load(std::memory_order_relaxed); }

  /// Belongs to the state machine.
  decision decided;

 private:
  // As std::shared_ptr does it: the price of an atomic operation is that of ten others.
  static bool process_is_single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
    return ::__libc_single_threaded != 0;
#else
    return false;
#endif
  }

  std::atomic<ticket> claimed_ = 0;
  std::atomic<std::uint64_t> occupant_ = 0;
};

/// What the operations of one stream are at, and what their outcome has to be: the decisions of
/// the timed stream, with no socket, no clock, no timer and no thread.
///
/// An operation's life, as its owner reports it:
///
///     start() -> [a step is initiated] -> initiated() -> ... -> finish()
///
/// Operations of several steps, such as trying one endpoint after the other, call `proceed()`
/// before each further step, and `initiated()` after it. At any time between, from elsewhere, come
/// expire() or cancel(); what they want done to the socket waits until nobody is at work on it,
/// which `interrupt()` tells. Since a socket's operation may complete on another thread before its
/// initiating function has returned, finish() and proceed() may overtake initiated(): then
/// `overtake()` has to be called first.
///
/// The rules it keeps:
///  - an operation is told apart from the next one in its direction by a ticket, so that a late
///    expiry never hits a later operation;
///  - nothing expires, and nothing else is done to the socket from elsewhere, while an initiating
///    function is at work on it;
///  - a timeout that closes the stream makes every operation that is outstanding then report a
///    timeout, save those that the program had cancelled before.
///
/// Threads: the functions of an operation's life take no lock and wait for nobody. What decides
/// its fate, `serialised` below, the caller serialises by a lock; an operation that has finished
/// asks for its fate under that lock if `finish()` says so, which it does if an expiry has claimed
/// the operation, or is about to.
class stream_fsm {
 public:
  using ticket = operation_slot::ticket;
  using phase = operation_slot::phase;
  using occupant = operation_slot::occupant;
  using fate = operation_slot::fate;

  /// @return The slot of a direction; for a connect, that of reading.
  operation_slot& slot(direction which) noexcept { return slots_[index_of(which)]; }
  const operation_slot& slot(direction which) const noexcept { return slots_[index_of(which)]; }

  /// @return Whether an operation is outstanding in any of `which`.
  [[nodiscard]] bool outstanding(direction which) const noexcept {
    if (which != direction::both) return slot(which).now().is_outstanding();
    // Both at once, as that is one branch.
    const auto in = [](const operation_slot& each) {
      return static_cast<unsigned>(each.now().in());
    };
    return (in(slots_[0]) | in(slots_[1])) != static_cast<unsigned>(phase::idle);
  }

  /// @return Whether it is this operation that is outstanding in `which`.
  [[nodiscard]] bool is_outstanding(direction which, ticket owner) const noexcept {
    const occupant now = slot(which).now();
    return now.owner() == owner && now.is_outstanding();
  }

  /// @return Whether one operation, a connect, occupies both directions.
  [[nodiscard]] bool connecting() const noexcept {
    const occupant read = slots_[0].now();
    const occupant write = slots_[1].now();
    return read.is_outstanding() && write.is_outstanding() && read.owner() == write.owner();
  }

  /// An operation occupies `which`, in which none is outstanding.
  /// @param on_timeout What its deadline is to do. A connect leaves nothing to go on with: there it
  ///     is to close the stream in any case.
  /// @param first Whether its first step is being initiated.
  /// @return The operation, for `initiated()`.
  occupant start(direction which, timeout_action on_timeout, phase first = phase::initiating) {
    assert(!outstanding(which));
    last_ticket_ = last_ticket_ == operation_slot::ticket_max ? 1 : last_ticket_ + 1;
    // Whether it is initiating is noted in one place.
    if (which == direction::both) slots_[1].put({last_ticket_, phase::waiting});
    const occupant started(last_ticket_, first,
                           reaction(which, on_timeout) == timeout_action::cancel);
    slot(which).put(started);
    return started;
  }

  /// The initiating function of one of the operation's steps has returned.
  /// @param initiating What the operation was by then.
  /// @return Whether that is all: otherwise the operation has overtaken it, or it was interrupted,
  ///     which `resume()` tells.
  [[nodiscard]] bool initiated(direction which, occupant initiating) {
    return slot(which).replace(initiating, initiating.with(phase::waiting));
  }

  /// @return Whether the operation's step has completed before its initiating function returned.
  [[nodiscard]] bool is_overtaking(direction which) const noexcept {
    return slot(which).now().is_initiating();
  }

  /// The operation is over, and its handler is about to be called. Nothing has it do with the
  /// stream any more, unless
  /// @return its fate has been decided, or is about to be: `take_timed_out()` tells.
  [[nodiscard]] bool finish(direction which, ticket owner) {
    operation_slot& mine = slot(which);
    assert(is_outstanding(which, owner) && !is_overtaking(which));
    if (which == direction::both) slots_[1].put({owner, phase::idle});
    mine.put({owner, phase::idle});
    asymmetric_fence::light();
    return mine.claimed() == owner;
  }

  /// @name Serialised
  /// @{

  /// The operation goes on without waiting for the return of its initiating function.
  /// @return Whether that has not returned; `initiated()` will then tell it that it was overtaken.
  [[nodiscard]] bool overtake(direction which) {
    operation_slot& mine = slot(which);
    const occupant now = mine.now();
    return mine.replace(now.with(phase::interrupted), now.with(phase::waiting)) ||
           mine.replace(now.with(phase::initiating), now.with(phase::waiting));
  }

  /// Something is to be done to the socket.
  /// @return Whether it has to wait for a function that initiates a step in `which`. That function
  ///     is told when it returns; or the operation, should it overtake it.
  [[nodiscard]] bool interrupt(direction which) {
    bool any = false;
    for (const direction each : {direction::read, direction::write}) {
      any |= contains(which, each) && interrupt(slot(each));
    }
    return any;
  }

  /// `initiated()` has not been all.
  /// @param initiating As there.
  /// @return Whether it was interrupted. Otherwise the operation has overtaken it.
  [[nodiscard]] bool resume(direction which, occupant initiating) {
    return slot(which).replace(initiating.with(phase::interrupted),
                               initiating.with(phase::waiting));
  }

  /// @return What an operation that has finished has to report: whether a timeout.
  /// @param aborted Whether the socket's operation says that it was cancelled. If it does not, a
  ///     timeout that has left the stream open has come too late: what happened instead, be it
  ///     success, the stream's end, or an error, will not be reported a second time.
  [[nodiscard]] bool take_timed_out(direction which, ticket owner, bool aborted) {
    const auto made = slot(which).decided;
    if (made.owner() != owner) return false;
    slot(which).decided = {};
    if (which == direction::both) slots_[1].decided = {};
    return made.what() == fate::timed_out || (made.what() == fate::timed_out_alone && aborted);
  }

  /// @return Whether an operation, of which a step has completed, would be let go on.
  [[nodiscard]] bool may_proceed(direction which, ticket owner) const {
    return !is_decided(which, owner);
  }

  /// A step has completed, and the operation initiates the next one.
  /// @return The operation in that step, for `initiated()`; or nothing if it is to finish at once,
  ///     having been cancelled or timed out.
  [[nodiscard]] std::optional<occupant> proceed(direction which, ticket owner) {
    assert(is_outstanding(which, owner) && !is_overtaking(which));
    if (is_decided(which, owner)) return std::nullopt;
    const occupant next = slot(which).now().with(phase::initiating).with_next_step();
    slot(which).put(next);
    return next;
  }

  enum class expiry {
    too_late,          ///< The operation is over or its fate decided.
    not_now,           ///< A function is initiating a step: to be tried again after that.
    close_socket,      ///< The stream is to be closed, and
    cancel_operation,  ///< The operation is to be cancelled.
  };

  /// The deadline of an operation, which has been claimed, has passed.
  [[nodiscard]] expiry expire(direction which, ticket owner) {
    const occupant now = slot(which).now();
    if (now.owner() != owner || !now.is_outstanding() || is_decided(which, owner)) {
      return expiry::too_late;
    }
    for (const operation_slot& each : slots_) {
      if (each.now().is_initiating()) return expiry::not_now;
    }
    if (!now.times_out_alone()) {
      time_out_all();
      return expiry::close_socket;
    }
    decide(which, now, fate::timed_out_alone);
    return expiry::cancel_operation;
  }

  /// An operation cannot even start, as its deadline has passed before.
  /// @return Whether the stream is to be closed.
  [[nodiscard]] bool expire_before_start(direction which, timeout_action on_timeout) {
    if (reaction(which, on_timeout) == timeout_action::cancel) return false;
    time_out_all();
    return true;
  }

  /// The program cancels all that is outstanding, so no deadline counts for it any longer.
  void cancel() {
    for (const direction each : {direction::read, direction::write}) {
      decide(each, slot(each).now(), fate::cancelled);
    }
  }

  /// The program cancels one operation; nothing happens if it is over.
  void cancel_one(direction which, ticket owner) {
    const occupant now = slot(which).now();
    if (now.owner() == owner) decide(which, now, fate::cancelled);
  }

  /// @}

 private:
  static bool interrupt(operation_slot& one) {
    for (;;) {
      const occupant now = one.now();
      if (!now.is_initiating()) return false;
      if (now.in() == phase::interrupted) return true;
      if (one.replace(now, now.with(phase::interrupted))) return true;
    }
  }

  static timeout_action reaction(direction which, timeout_action on_timeout) {
    return which == direction::both ? timeout_action::close : on_timeout;
  }

  bool is_decided(direction which, ticket owner) const {
    return slot(which).decided.owner() == owner;
  }

  void decide(direction which, occupant now, fate outcome) {
    if (!now.is_outstanding() || is_decided(which, now.owner())) return;
    slot(which).decided = operation_slot::decision(now.owner(), outcome);
    slot(which).claim(now.owner());
  }

  void time_out_all() {
    for (const direction each : {direction::read, direction::write}) {
      decide(each, slot(each).now(), fate::timed_out);
    }
  }

  std::array<operation_slot, 2> slots_;
  ticket last_ticket_ = 0;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_FSM_H
