// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_STREAM_FSM_H
#define TIMED_DETAIL_STATE_STREAM_FSM_H

#include <array>
#include <cassert>
#include <cstdint>
#include <optional>

#include "timed/detail/always_inline.h"
#include "timed/detail/deadline/asymmetric_fence.h"
#include "timed/detail/deadline/operation_slot.h"
#include "timed/direction.h"
#include "timed/timeout_action.h"

namespace timed::detail {

/// The phases and outcomes of one stream's operations: the decisions of the timed stream, without
/// socket, clock, timer or thread.
///
/// An operation calls, in this order:
///
///     start() -> [a step is initiated] -> initiated() -> ... -> finish()
///
/// Operations of several steps, such as trying one endpoint after the other, call `proceed()`
/// before each further step, and `initiated()` after it. `expire()` and `cancel()` may be called at
/// any time between. Their actions on the socket are deferred while an initiating function is
/// running: see `defer_if_initiating()`. A socket's operation may complete on another
/// thread before its initiating function has returned: then `complete_during_initiation()` has to
/// be called before `finish()` or `proceed()`.
///
/// Invariants:
///  - Each operation has an id, so a late expiry never hits a later operation of its direction.
///  - While an initiating function is running, nothing expires, and nothing else acts on the
///    socket.
///  - A timeout that closes the stream makes every operation that is outstanding then report a
///    timeout, except those that the program had cancelled before.
///
/// Threads: `start()`, `initiated()` and `finish()` take no lock and never wait. The functions
/// under "Serialised" below, which decide an outcome or lead to a further step, are called with a
/// lock held. If `finish()` returns true, an expiry or a cancellation has decided the outcome, or
/// an expiry is about to decide it. The operation then takes its report with that lock held.
class stream_fsm {
 public:
  using operation_id = operation_slot::operation_id;
  using phase = operation_slot::phase;
  using op_state = operation_slot::op_state;
  using outcome = operation_slot::outcome;

  /// Returns the slot of a direction; for a connect, that of reading.
  operation_slot& slot(direction which) noexcept { return slots_[index_of(which)]; }
  const operation_slot& slot(direction which) const noexcept { return slots_[index_of(which)]; }

  /// Returns the direction of the operation of a slot: both, if that is a connect.
  direction direction_of(const operation_slot& one) const noexcept {
    if (&one == &slot(direction::write)) return direction::write;
    return connecting() ? direction::both : direction::read;
  }

  /// Returns whether an operation is outstanding in any of `which`.
  [[nodiscard]] bool outstanding(direction which) const noexcept {
    if (which != direction::both) return slot(which).now().is_outstanding();
    // Both at once, as that is one branch.
    const auto in = [](const operation_slot& each) {
      return static_cast<unsigned>(each.now().in());
    };
    return (in(slots_[0]) | in(slots_[1])) != static_cast<unsigned>(phase::idle);
  }

  /// Returns whether the operation with this id is outstanding in `which`.
  [[nodiscard]] bool is_outstanding(direction which, operation_id id) const noexcept {
    const op_state now = slot(which).now();
    return now.id() == id && now.is_outstanding();
  }

  /// Returns whether a connect is outstanding: one operation in both directions.
  [[nodiscard]] bool connecting() const noexcept {
    const op_state read = slots_[0].now();
    const op_state write = slots_[1].now();
    return read.is_outstanding() && write.is_outstanding() && read.id() == write.id();
  }

  /// Returns the direction without an outstanding operation, if the other direction has one.
  [[nodiscard]] std::optional<direction> idle_direction() const noexcept {
    const op_state read = slots_[0].now();
    const op_state write = slots_[1].now();
    // The same operation in both is a connect, which may be finishing, one slot after the other.
    if (read.id() == write.id() || read.is_outstanding() == write.is_outstanding()) return {};
    return read.is_outstanding() ? direction::write : direction::read;
  }

  /// Starts an operation in `which`, where none is outstanding.
  /// @param on_timeout The effect of its timeout. That of a connect always closes the stream, as a
  ///     connect that was cancelled leaves a socket that is not connected.
  /// @param first The phase of its first step: `initiating`; `waiting`, if it prepares something
  ///     before it initiates one.
  /// @return The operation's state, for `initiated()`.
  TIMED_ALWAYS_INLINE op_state start(direction which, timeout_action on_timeout,
                                     phase first = phase::initiating) {
    assert(!outstanding(which));
    if (++last_id_ > operation_slot::id_max) [[unlikely]]
      last_id_ = 1;
    // The phase of a connect is that of the first slot; the second one is only outstanding.
    if (which == direction::both) slots_[1].put({last_id_, phase::waiting});
    const op_state started(last_id_, first, reaction(which, on_timeout) == timeout_action::cancel);
    slot(which).put(started);
    return started;
  }

  /// Notes that the initiating function of one of the operation's steps has returned.
  /// @param initiating The operation's state in that step.
  /// @return Whether the operation was still in that step, and no action was deferred. If not,
  ///     `end_deferral()` has to be called.
  [[nodiscard]] TIMED_ALWAYS_INLINE bool initiated(direction which, op_state initiating) {
    assert(initiating.in() == phase::initiating || initiating.in() == phase::waiting);
    return slot(which).replace(initiating, initiating.with(phase::waiting));
  }

  /// Returns whether the initiating function of the operation's step has not returned yet.
  [[nodiscard]] bool is_initiating_step(direction which) const noexcept {
    return slot(which).now().is_initiating();
  }

  /// Finishes the operation, whose handler is about to be called.
  /// @return Whether its outcome has been decided, or is about to be. Then the caller has to call
  ///     `take_report()`. Otherwise the socket's result is the operation's.
  [[nodiscard]] TIMED_ALWAYS_INLINE bool finish(direction which, operation_id id) {
    operation_slot& mine = slot(which);
    assert(is_outstanding(which, id) && !is_initiating_step(which));
    if (which == direction::both) slots_[1].put({id, phase::idle});
    mine.put({id, phase::idle});
    asymmetric_fence::light();
    return mine.claimed() == id;
  }

  /// @name Serialised
  /// @{

  /// Lets the operation go on without waiting for the return of its initiating function.
  /// @return Whether that function is still running. It will see this when it calls `initiated()`.
  [[nodiscard]] bool complete_during_initiation(direction which) {
    operation_slot& mine = slot(which);
    const op_state now = mine.now();
    return mine.replace(now.with(phase::deferring), now.with(phase::waiting)) ||
           mine.replace(now.with(phase::initiating), now.with(phase::waiting));
  }

  /// Returns whether an action on the socket has to be deferred, as an initiating function of a
  /// step in `which` is running. That function then runs the deferred actions when it returns; or
  /// the operation, if it completes first.
  [[nodiscard]] bool defer_if_initiating(direction which) {
    bool any = false;
    for (const direction each : {direction::read, direction::write}) {
      any |= contains(which, each) && defer_if_initiating(slot(each));
    }
    return any;
  }

  /// Ends the deferral of actions. To be called if `initiated()` has returned false.
  /// @param initiating As there.
  /// @return Whether actions were deferred. Otherwise the step completed during its initiation.
  [[nodiscard]] bool end_deferral(direction which, op_state initiating) {
    assert(initiating.in() == phase::initiating);
    return slot(which).replace(initiating.with(phase::deferring), initiating.with(phase::waiting));
  }

  /// What the socket's operation has reported.
  enum class socket_result : std::uint8_t { success, failure, cancelled };

  /// What an operation reports.
  enum class report : std::uint8_t { socket_result, aborted, timeout };

  /// Takes the outcome of an operation that has finished; returns what it has to report.
  ///
  /// A timeout that leaves the stream open, or a cancellation, has come too late if the socket
  /// reports something else (success, end of file, or an error). If the program has closed the
  /// stream, only success counts: an operation that fails before the close cancels it is aborted
  /// too.
  [[nodiscard]] report take_report(direction which, operation_id id, socket_result reported) {
    assert(!is_outstanding(which, id));
    const auto made = slot(which).decided;
    if (made.id() != id) return report::socket_result;
    slot(which).decided = {};
    if (which == direction::both) slots_[1].decided = {};
    const bool is_cancelled = reported == socket_result::cancelled;
    switch (made.what()) {
      case outcome::timed_out_and_closed:
        return report::timeout;
      case outcome::timed_out_and_cancelled:
        return is_cancelled ? report::timeout : report::socket_result;
      case outcome::closed:
        return reported == socket_result::success ? report::socket_result : report::aborted;
      case outcome::cancelled:
        break;
    }
    return is_cancelled ? report::aborted : report::socket_result;
  }

  /// Returns whether `proceed()` would let the operation, a step of which has completed, go on.
  [[nodiscard]] bool may_proceed(direction which, operation_id id) const {
    return !is_decided(which, id);
  }

  /// Lets the operation, a step of which has completed, initiate the next one.
  /// @return The operation's state in that step, for `initiated()`; nothing if it was cancelled or
  ///     has timed out, and has to finish.
  [[nodiscard]] std::optional<op_state> proceed(direction which, operation_id id) {
    assert(is_outstanding(which, id) && !is_initiating_step(which));
    if (is_decided(which, id)) return std::nullopt;
    const op_state next = slot(which).now().with(phase::initiating).with_next_step();
    slot(which).put(next);
    return next;
  }

  enum class expiry {
    too_late,          ///< The operation has finished, or its outcome is decided.
    not_now,           ///< An initiating function is running; to be tried again when it returns.
    close_socket,      ///< The socket has to be closed.
    cancel_operation,  ///< The operation has to be cancelled.
  };

  /// Decides what the expiry of an operation, which has been claimed, has to do.
  [[nodiscard]] expiry expire(direction which, operation_id id) {
    const op_state now = slot(which).now();
    if (now.id() != id || !now.is_outstanding() || is_decided(which, id)) {
      return expiry::too_late;
    }
    for (const operation_slot& each : slots_) {
      if (each.now().is_initiating()) return expiry::not_now;
    }
    if (!now.times_out_alone()) {
      time_out_all();
      return expiry::close_socket;
    }
    decide(which, now, outcome::timed_out_and_cancelled);
    return expiry::cancel_operation;
  }

  /// Times out an operation that cannot start, as its deadline had passed before.
  /// @return Whether the socket has to be closed.
  [[nodiscard]] bool expire_before_start(direction which, timeout_action on_timeout) {
    if (reaction(which, on_timeout) == timeout_action::cancel) return false;
    time_out_all();
    return true;
  }

  /// Cancels, for the program, all outstanding operations: they can no longer time out.
  void cancel() {
    for (const direction each : {direction::read, direction::write}) {
      decide(each, slot(each).now(), outcome::cancelled);
    }
  }

  /// Cancels, for the program, all outstanding operations, whose socket it closes.
  void close() {
    for (const direction each : {direction::read, direction::write}) {
      operation_slot& one = slot(each);
      const op_state now = one.now();
      if (!now.is_outstanding()) continue;  // One that is finishing keeps its outcome.
      if (one.decided.what() == outcome::cancelled) one.decided = {};
      decide(each, now, outcome::closed);
    }
  }

  /// Cancels, for the program, one operation; does nothing if that has finished.
  void cancel_one(direction which, operation_id id) {
    const op_state now = slot(which).now();
    if (now.id() == id) decide(which, now, outcome::cancelled);
  }

  /// @}

 private:
  static bool defer_if_initiating(operation_slot& one) {
    for (;;) {
      const op_state now = one.now();
      if (!now.is_initiating()) return false;
      if (now.in() == phase::deferring) return true;
      if (one.replace(now, now.with(phase::deferring))) return true;
    }
  }

  static timeout_action reaction(direction which, timeout_action on_timeout) {
    return which == direction::both ? timeout_action::close : on_timeout;
  }

  bool is_decided(direction which, operation_id id) const { return slot(which).decided.id() == id; }

  void decide(direction which, op_state now, outcome what) {
    if (!now.is_outstanding() || is_decided(which, now.id())) return;
    slot(which).decided = operation_slot::decided_outcome(now.id(), what);
    slot(which).claim(now.id());
    assert(is_decided(which, now.id()) && slot(which).claimed() == now.id());
  }

  void time_out_all() {
    for (const direction each : {direction::read, direction::write}) {
      decide(each, slot(each).now(), outcome::timed_out_and_closed);
    }
  }

  std::array<operation_slot, 2> slots_;
  operation_id last_id_ = 0;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_STREAM_FSM_H
