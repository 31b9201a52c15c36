// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_FSM_H
#define TIMED_DETAIL_STREAM_FSM_H

#include <array>
#include <cassert>
#include <cstdint>
#include <optional>

namespace timed::detail {

/// The directions that an operation occupies. A connect occupies both.
enum class directions : unsigned { read = 1, write = 2, both = 3 };

/// What the operations of one stream are at, and what their outcome has to be: the decisions of
/// the timed stream, with no socket, no clock, no timer and no thread.
///
/// An operation's life, as its owner reports it:
///
///     start() -> [the socket operation is initiated] -> initiated() -> ... -> finish()
///
/// and at any time between, from elsewhere, expire() or cancel(); in place of finish(),
/// abandon(). Since a socket's operation may
/// complete on another thread before its initiating function has returned, finish() may overtake
/// initiated().
///
/// The rules it keeps:
///  - an operation is told apart from the next one in its direction by a ticket, so that a late
///    expiry never hits a later operation;
///  - the socket is not to be closed while an initiating function is at work on it: the close is
///    then due, and whoever hears of it next, from initiated() or finish(), carries it out;
///  - a timeout closes the stream, so every operation that is outstanding then reports a timeout,
///    save those that the program had cancelled before.
///
/// The caller serialises the calls.
class stream_fsm {
 public:
  using ticket = std::uint64_t;

  /// What the caller is to do after an event.
  enum class action { none, close_socket };

  struct outcome {
    bool timed_out;  ///< The operation reports error::timeout, whatever the socket said.
    action then;
  };

  /// An operation wants to occupy `which`.
  /// @return Its ticket, or nothing if an operation is outstanding in one of them.
  [[nodiscard]] std::optional<ticket> start(directions which) {
    if (outstanding(which)) return std::nullopt;
    ++last_ticket_;
    for_each(which, [this](slot& each) {
      each = {.phase = phase::initiating, .fate = fate::undecided, .owner = last_ticket_};
    });
    return last_ticket_;
  }

  /// The initiating function of the socket's operation has returned.
  [[nodiscard]] action initiated(directions which, ticket owner) {
    for_each(which, [owner](slot& each) {
      if (each.owner == owner && each.phase == phase::initiating) each.phase = phase::waiting;
    });
    return take_due_close();
  }

  /// The operation's deadline has passed.
  [[nodiscard]] action expire(directions which, ticket owner) {
    bool hit = false;
    for_each(which, [&](slot& each) {
      hit =
          hit || (each.owner == owner && each.phase != phase::idle && each.fate == fate::undecided);
    });
    return hit ? time_out() : action::none;
  }

  /// An operation could not even start, as its deadline had passed before.
  [[nodiscard]] action expire_before_start() { return time_out(); }

  /// The program cancels all that is outstanding, so no deadline counts for it any longer.
  void cancel() {
    for_each(directions::both, [](slot& each) {
      if (each.phase != phase::idle && each.fate == fate::undecided) each.fate = fate::cancelled;
    });
  }

  /// The program cancels one operation; nothing happens if it is over.
  void cancel_one(directions which, ticket owner) {
    for_each(which, [owner](slot& each) {
      if (each.owner == owner && each.phase != phase::idle && each.fate == fate::undecided) {
        each.fate = fate::cancelled;
      }
    });
  }

  /// The socket's operation has completed, and its handler is about to be called.
  [[nodiscard]] outcome finish(directions which, ticket owner) {
    bool timed_out = false;
    for_each(which, [&](slot& each) {
      assert(each.owner == owner && each.phase != phase::idle);
      timed_out = timed_out || each.fate == fate::timed_out;
      each.phase = phase::idle;
    });
    (void)owner;
    return {timed_out, take_due_close()};
  }

  /// The operation will not finish: initiating it has thrown, or its handler was destroyed.
  [[nodiscard]] action abandon(directions which, ticket owner) {
    for_each(which, [owner](slot& each) {
      if (each.owner == owner) each.phase = phase::idle;
    });
    return take_due_close();
  }

  /// @return Whether an operation is outstanding in any of `which`.
  [[nodiscard]] bool outstanding(directions which) const {
    for (unsigned i = 0; i < slots_.size(); ++i) {
      if (has(which, i) && slots_[i].phase != phase::idle) return true;
    }
    return false;
  }

  /// @return Whether it is this operation that is outstanding in `which`.
  [[nodiscard]] bool is_outstanding(directions which, ticket owner) const {
    for (unsigned i = 0; i < slots_.size(); ++i) {
      if (has(which, i) && slots_[i].phase != phase::idle && slots_[i].owner == owner) return true;
    }
    return false;
  }

  /// @return The ticket of the operation that is, or was last, in the direction `which`.
  [[nodiscard]] ticket owner(directions which) const {
    assert(which != directions::both);
    return slots_[which == directions::read ? 0 : 1].owner;
  }

 private:
  enum class phase : std::uint8_t { idle, initiating, waiting };
  enum class fate : std::uint8_t { undecided, cancelled, timed_out };

  struct slot {
    enum phase phase = phase::idle;
    enum fate fate = fate::undecided;
    ticket owner = 0;
  };

  static bool has(directions which, unsigned index) {
    return (static_cast<unsigned>(which) & (1u << index)) != 0;
  }

  template <class Function>
  void for_each(directions which, Function function) {
    for (unsigned i = 0; i < slots_.size(); ++i) {
      if (has(which, i)) function(slots_[i]);
    }
  }

  action time_out() {
    for_each(directions::both, [](slot& each) {
      if (each.phase != phase::idle && each.fate == fate::undecided) each.fate = fate::timed_out;
    });
    close_due_ = true;
    return take_due_close();
  }

  action take_due_close() {
    for (const slot& each : slots_) {
      if (each.phase == phase::initiating) return action::none;
    }
    if (!close_due_) return action::none;
    close_due_ = false;
    return action::close_socket;
  }

  std::array<slot, 2> slots_;
  ticket last_ticket_ = 0;
  bool close_due_ = false;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_FSM_H
