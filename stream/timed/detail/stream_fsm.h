// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_FSM_H
#define TIMED_DETAIL_STREAM_FSM_H

#include <array>
#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>

#include "timed/direction.h"
#include "timed/timeout_action.h"

namespace timed::detail {

/// What the operations of one stream are at, and what their outcome has to be: the decisions of
/// the timed stream, with no socket, no clock, no timer and no thread.
///
/// An operation's life, as its owner reports it:
///
///     start() -> [a step is initiated] -> initiated() -> ... -> finish()
///
/// Operations of several steps, such as trying one endpoint after the other, call `proceed()`
/// before each further step, and `initiated()` after it. At any time between, from elsewhere, come
/// expire() or cancel(); in place of finish(), abandon(). Since a socket's operation may complete
/// on another thread before its initiating function has returned, finish() and proceed() may
/// overtake initiated().
///
/// The rules it keeps:
///  - an operation is told apart from the next one in its direction by a ticket, so that a late
///    expiry never hits a later operation;
///  - the socket is not to be closed, nor its operation cancelled, while an initiating function is
///    at work on it: that is then due, and whoever hears of it next, from initiated() or finish(),
///    carries it out;
///  - a timeout that closes the stream makes every operation that is outstanding then report a
///    timeout, save those that the program had cancelled before.
///
/// The caller serialises the calls.
class stream_fsm {
 public:
  /// Told apart from another only while the other's expiry may still be on its way: it may wrap.
  using ticket = std::uint32_t;

  /// What the caller is to do after an event.
  struct action {
    bool close_socket = false;
    bool cancel_read = false;   ///< the operation that is outstanding in that direction
    bool cancel_write = false;  ///< likewise
    friend bool operator==(const action&, const action&) = default;
  };

  struct outcome {
    bool timed_out;  ///< The operation reports error::timeout, whatever the socket said.
    action then;
  };

  /// An operation wants to occupy `which`.
  /// @param on_timeout What its deadline is to do. A connect leaves nothing to go on with: there it
  ///     is to close the stream in any case.
  /// @return Its ticket, or nothing if an operation is outstanding in one of them.
  [[nodiscard]] std::optional<ticket> start(direction which, timeout_action on_timeout) {
    if (outstanding(which)) return std::nullopt;
    ++last_ticket_;
    const bool alone = reaction(which, on_timeout) == timeout_action::cancel;
    for_each(which, [&](slot& each) {
      each = slot();
      each.phase = phase::initiating;
      each.times_out_alone = alone;
      each.owner = last_ticket_;
    });
    return last_ticket_;
  }

  /// The initiating function of one of the operation's steps has returned. (A late call, which
  /// the next step has overtaken, only makes what is due happen earlier.)
  [[nodiscard]] action initiated(direction which, ticket owner, unsigned step = 0) {
    for_each(which, [owner, step](slot& each) {
      if (each.owner == owner && each.phase == phase::initiating &&
          each.step == static_cast<std::uint8_t>(step)) {
        each.phase = phase::waiting;
      }
    });
    return take_due();
  }

  /// A step has completed, and the operation wants to initiate the next one.
  /// @return The number of that step, for `initiated()`; or nothing if the operation is to finish
  ///     at once, having been cancelled or timed out.
  [[nodiscard]] std::optional<unsigned> proceed(direction which, ticket owner) {
    assert(is_outstanding(which, owner));
    bool go_on = true;
    unsigned step = 0;
    for_each(which, [&](slot& each) {
      go_on = go_on && each.fate == fate::undecided;
      step = static_cast<std::uint8_t>(each.step + 1);
    });
    (void)owner;
    if (!go_on) return std::nullopt;
    for_each(which, [&](slot& each) {
      each.step = static_cast<std::uint8_t>(step);
      each.phase = phase::initiating;
    });
    return step;
  }

  /// The operation's deadline has passed.
  [[nodiscard]] action expire(direction which, ticket owner) {
    bool hit = false;
    bool alone = false;
    for_each(which, [&](slot& each) {
      hit = hit || is_undecided(each, owner);
      alone = each.times_out_alone;
    });
    if (!hit) return {};
    if (!alone) return time_out();
    for_each(which, [](slot& each) {
      each.fate = fate::timed_out_alone;
      each.cancel_due = true;
    });
    return take_due();
  }

  /// An operation could not even start, as its deadline had passed before.
  [[nodiscard]] action expire_before_start(direction which, timeout_action on_timeout) {
    if (reaction(which, on_timeout) == timeout_action::cancel) return {};
    return time_out();
  }

  /// The program cancels all that is outstanding, so no deadline counts for it any longer.
  void cancel() {
    for_each(direction::both, [](slot& each) {
      if (is_undecided(each, each.owner)) each.fate = fate::cancelled;
    });
  }

  /// The program cancels one operation; nothing happens if it is over.
  void cancel_one(direction which, ticket owner) {
    for_each(which, [owner](slot& each) {
      if (is_undecided(each, owner)) each.fate = fate::cancelled;
    });
  }

  /// The operation is over, and its handler is about to be called.
  /// @param aborted Whether the socket's operation says that it was cancelled. If it does not, a
  ///     timeout that has left the stream open has come too late: what happened instead, be it
  ///     success, the stream's end, or an error, will not be reported a second time.
  [[nodiscard]] outcome finish(direction which, ticket owner, bool aborted) {
    bool timed_out = false;
    for_each(which, [&](slot& each) {
      assert(each.owner == owner && each.phase != phase::idle);
      timed_out = timed_out || each.fate == fate::timed_out ||
                  (each.fate == fate::timed_out_alone && aborted);
      each.phase = phase::idle;
      each.cancel_due = false;
    });
    (void)owner;
    return {timed_out, take_due()};
  }

  /// The operation will not finish: initiating it has thrown, or its handler was destroyed.
  [[nodiscard]] action abandon(direction which, ticket owner) {
    for_each(which, [owner](slot& each) {
      if (each.owner != owner) return;
      each.phase = phase::idle;
      each.cancel_due = false;
    });
    return take_due();
  }

  /// @return Whether an operation is outstanding in any of `which`.
  [[nodiscard]] bool outstanding(direction which) const {
    return (contains(which, direction::read) && slots_[0].phase != phase::idle) ||
           (contains(which, direction::write) && slots_[1].phase != phase::idle);
  }

  /// @return Whether it is this operation that is outstanding in `which`.
  [[nodiscard]] bool is_outstanding(direction which, ticket owner) const {
    return outstanding(which) && slots_[index_of(which)].owner == owner;
  }

  /// @return The ticket of the operation that is, or was last, in the direction `which`.
  [[nodiscard]] ticket owner(direction which) const {
    assert(which != direction::both);
    return slots_[index_of(which)].owner;
  }

  /// @return Whether one operation, a connect, occupies both directions.
  [[nodiscard]] bool connecting() const {
    return slots_[0].phase != phase::idle && slots_[1].phase != phase::idle &&
           slots_[0].owner == slots_[1].owner;
  }

 private:
  enum class phase : std::uint8_t { idle, initiating, waiting };
  enum class fate : std::uint8_t { undecided, cancelled, timed_out, timed_out_alone };

  struct slot {
    enum phase phase = phase::idle;
    enum fate fate = fate::undecided;
    std::uint8_t step = 0;
    bool times_out_alone : 1 = false;
    bool cancel_due : 1 = false;
    ticket owner = 0;
  };

  static timeout_action reaction(direction which, timeout_action on_timeout) {
    return which == direction::both ? timeout_action::close : on_timeout;
  }

  static bool is_undecided(const slot& each, ticket owner) {
    return each.owner == owner && each.phase != phase::idle && each.fate == fate::undecided;
  }

  template <class Function>
  void for_each(direction which, Function function) {
    if (contains(which, direction::read)) function(slots_[0]);
    if (contains(which, direction::write)) function(slots_[1]);
  }

  action time_out() {
    for_each(direction::both, [](slot& each) {
      if (is_undecided(each, each.owner)) each.fate = fate::timed_out;
    });
    close_due_ = true;
    return take_due();
  }

  action take_due() {
    action due;
    bool initiating = false;
    for (const slot& each : slots_) initiating = initiating || each.phase == phase::initiating;
    if (!initiating) due.close_socket = std::exchange(close_due_, false);
    due.cancel_read = take_due_cancel(slots_[0]);
    due.cancel_write = take_due_cancel(slots_[1]);
    return due;
  }

  static bool take_due_cancel(slot& each) {
    if (each.phase != phase::waiting || !each.cancel_due) return false;
    each.cancel_due = false;
    return true;
  }

  std::array<slot, 2> slots_;
  ticket last_ticket_ = 0;
  bool close_due_ = false;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_FSM_H
