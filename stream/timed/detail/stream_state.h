// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_STATE_H
#define TIMED_DETAIL_STREAM_STATE_H

#include <algorithm>
#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "timed/detail/stream_fsm.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// The socket of a stream, its deadlines, and its operations' states, shared by the stream and
/// every operation that is outstanding on it, so that a stream may be destroyed at any time.
///
/// Deadlines are kept in the simplest way that is right: an Asio timer for each direction, waited
/// on while an operation is outstanding. A timed operation thus costs what an Asio timer costs;
/// bench:report shows how much that is.
///
/// Threads: a stream is used by one thread at a time (through a strand, or because at most one
/// operation is outstanding). But even then two threads meet here: the one on which the deadline's
/// handler runs, which is the stream's own executor, and the one on which the operation completes
/// and its handler starts the next one. The mutex orders them. No foreign code runs under it.
template <class Socket>
class stream_state : public std::enable_shared_from_this<stream_state<Socket>> {
 public:
  using clock_type = std::chrono::steady_clock;
  using time_point = clock_type::time_point;
  using executor_type = typename Socket::executor_type;
  using ticket = stream_fsm::ticket;

  static constexpr time_point never() { return time_point::max(); }

  template <class... Args>
  explicit stream_state(std::in_place_t, Args&&... args)
      : socket_(std::forward<Args>(args)...),
        timers_{timer(socket_.get_executor()), timer(socket_.get_executor())} {}

  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  Socket& socket() noexcept { return socket_; }
  const Socket& socket() const noexcept { return socket_; }

  /// Sets the deadline of the directions that have no operation outstanding; if both have, of the
  /// outstanding operations.
  void set_deadline(time_point deadline) {
    const std::lock_guard lock(mutex_);
    const bool reading = fsm_.outstanding(directions::read);
    const bool writing = fsm_.outstanding(directions::write);
    if (!reading || writing) deadlines_[0] = deadline;
    if (!writing || reading) deadlines_[1] = deadline;
    if (!reading || !writing) return;
    if (fsm_.owner(directions::read) == fsm_.owner(directions::write)) {
      arm(directions::both, fsm_.owner(directions::write));
    } else {
      arm(directions::read, fsm_.owner(directions::read));
      arm(directions::write, fsm_.owner(directions::write));
    }
  }

  struct admission {
    error_code ec;     ///< Why the operation may not start; else
    ticket owner = 0;  ///< what it is known by.
  };

  /// An operation wants to start. If it may, its deadline counts from now on.
  admission admit(directions which) {
    const std::lock_guard lock(mutex_);
    if (fsm_.outstanding(which)) return {net::error::already_started};
    const time_point deadline = deadline_of(which);
    if (deadline != never() && deadline <= clock_type::now()) {
      carry_out(fsm_.expire_before_start());
      return {error::timeout};
    }
    const ticket owner = *fsm_.start(which);
    if (deadline != never()) {
      try {
        arm(which, owner);
      } catch (...) {  // there is no memory for the wait
        carry_out(fsm_.abandon(which, owner));
        throw;
      }
    }
    return {{}, owner};
  }

  /// The initiating function of the socket's operation has returned.
  void initiated(directions which, ticket owner) {
    const std::lock_guard lock(mutex_);
    carry_out(fsm_.initiated(which, owner));
  }

  /// The socket's operation has completed.
  /// @return Whether it has to report a timeout.
  bool finish(directions which, ticket owner) {
    const std::lock_guard lock(mutex_);
    const auto outcome = fsm_.finish(which, owner);
    carry_out(outcome.then);
    timer_of(which).cancel();
    return outcome.timed_out;
  }

  /// The operation will not finish.
  void abandon(directions which, ticket owner) {
    const std::lock_guard lock(mutex_);
    if (!fsm_.is_outstanding(which, owner)) return;
    carry_out(fsm_.abandon(which, owner));
    timer_of(which).cancel();
  }

  /// The program cancels one operation by its slot: no deadline may claim it any more.
  void cancel_one(directions which, ticket owner) {
    const std::lock_guard lock(mutex_);
    fsm_.cancel_one(which, owner);
  }

  /// Cancels the outstanding operations; they report operation_aborted.
  void cancel(error_code& ec) {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    socket_.cancel(ec);
  }

  /// Closes the socket; outstanding operations report operation_aborted.
  void close(error_code& ec) {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    socket_.close(ec);
  }

 private:
  using timer = net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, executor_type>;

  timer& timer_of(directions which) { return timers_[which == directions::read ? 0 : 1]; }

  time_point deadline_of(directions which) const {
    if (which == directions::both) return std::min(deadlines_[0], deadlines_[1]);
    return deadlines_[which == directions::read ? 0 : 1];
  }

  void arm(directions which, ticket owner) {
    timer& deadline_timer = timer_of(which);
    deadline_timer.expires_at(deadline_of(which));  // which ends a wait for an older deadline
    deadline_timer.async_wait([self = this->shared_from_this(), which, owner](error_code ec) {
      if (!ec) self->on_deadline(which, owner);
    });
  }

  void on_deadline(directions which, ticket owner) {
    const std::lock_guard lock(mutex_);
    // A wait that had ended already when the deadline was moved could not be cancelled.
    if (clock_type::now() < deadline_of(which)) return;
    carry_out(fsm_.expire(which, owner));
  }

  void carry_out(stream_fsm::action action) {
    if (action != stream_fsm::action::close_socket) return;
    error_code ignored;
    socket_.close(ignored);
  }

  std::mutex mutex_;
  Socket socket_;
  stream_fsm fsm_;
  std::array<time_point, 2> deadlines_{never(), never()};
  std::array<timer, 2> timers_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_STATE_H
