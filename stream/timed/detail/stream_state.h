// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STREAM_STATE_H
#define TIMED_DETAIL_STREAM_STATE_H

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "timed/detail/clock_service.h"
#include "timed/detail/deadlines.h"
#include "timed/detail/rate_gate.h"
#include "timed/detail/stream_fsm.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/timeout_action.h"

namespace timed::detail {

namespace net = boost::asio;

/// What a stream is set to, besides its deadlines.
struct stream_options {
  std::chrono::milliseconds::rep linger_ms = 30'000;
  timeout_action on_timeout = timeout_action::close;
  bool sync_deadlines = false;
};

/// What the rate policy needs beside itself: for each direction a timer that an operation waits on
/// when it may not transfer anything yet. Nothing, if the rate is unlimited.
template <class Policy, class Timer>
struct rate_control {
  template <class Executor, class... Args>
  explicit rate_control(const Executor& executor, Args&&... args)
      : gate(std::forward<Args>(args)...), timers{Timer(executor), Timer(executor)} {}

  rate_gate<Policy> gate;
  std::array<Timer, 2> timers;
};

template <class Policy, class Timer>
requires(rate_gate<Policy>::unlimited) struct rate_control<Policy, Timer> {
  template <class Executor, class... Args>
  explicit rate_control(const Executor&, Args&&... args) : gate(std::forward<Args>(args)...) {}

  [[no_unique_address]] rate_gate<Policy> gate;
};

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
template <class Socket, class RatePolicy>
class stream_state {
 public:
  using socket_type = Socket;
  using rate_policy_type = RatePolicy;
  using clock_type = clock_service::clock_type;
  using time_point = clock_service::time_point;
  using duration = clock_service::duration;
  using executor_type = typename Socket::executor_type;
  using ticket = stream_fsm::ticket;

  static constexpr bool is_rate_limited = !rate_gate<RatePolicy>::unlimited;
  static constexpr time_point never() { return deadlines::never(); }

  /// @param policy_args What to construct the policy from, at most one.
  template <class... PolicyArgs>
  explicit stream_state(Socket socket, PolicyArgs&&... policy_args)
      : clock_(&net::use_service<clock_service>(context_of(socket.get_executor()))),
        socket_(std::move(socket)),
        timers_{timer(socket_.get_executor()), timer(socket_.get_executor())},
        rate_(socket_.get_executor(), std::forward<PolicyArgs>(policy_args)...) {}

  stream_state(const stream_state&) = delete;
  stream_state& operator=(const stream_state&) = delete;

  Socket& socket() noexcept { return socket_; }
  const Socket& socket() const noexcept { return socket_; }
  rate_gate<RatePolicy>& gate() noexcept { return rate_.gate; }
  const rate_gate<RatePolicy>& gate() const noexcept { return rate_.gate; }
  const clock_service& clock() const noexcept { return *clock_; }

  /// What is set here counts from the next operation on. Used by the stream's own thread only.
  stream_options options;

  /// Sets the absolute deadline of a direction, and of what is outstanding in it.
  /// @param chosen If none, it is set for the directions that have no operation outstanding; if
  ///     both have, for both.
  static void set_deadline(const std::shared_ptr<stream_state>& self, time_point deadline,
                           std::optional<direction> chosen = {}) {
    const std::lock_guard lock(self->mutex_);
    const bool reading = self->fsm_.outstanding(direction::read);
    const bool writing = self->fsm_.outstanding(direction::write);
    const direction idle = reading == writing ? direction::both
                           : reading          ? direction::write
                                              : direction::read;
    const direction which = chosen.value_or(idle);
    self->deadlines_.set_absolute(which, deadline);
    rearm(self, which);
  }

  /// Sets the idle timeout of a direction. What is outstanding in it gets that from now on.
  static void set_idle_timeout(const std::shared_ptr<stream_state>& self, direction which,
                               duration timeout) {
    const std::lock_guard lock(self->mutex_);
    self->deadlines_.set_idle(which, timeout);
    if (!self->fsm_.outstanding(which)) return;
    const direction restarted = self->fsm_.connecting() ? direction::both : which;
    self->deadlines_.restart(restarted, self->clock_->now());
    rearm(self, which);
  }

  /// Takes over what another stream was set to.
  template <class OtherState>
  void take_settings(OtherState& other) {
    const std::scoped_lock lock(mutex_, other.mutex_);
    deadlines_ = std::exchange(other.deadlines_, deadlines());
    options = std::exchange(other.options, stream_options());
  }

  /// @return When a synchronous operation that starts now has to end.
  time_point sync_deadline(direction which) const {
    deadlines copy = deadlines_;
    return copy.none(which) ? never() : copy.start(which, clock_->now(), never());
  }

  /// While it lives, synchronous operations end at a deadline, whatever the stream is set to.
  class sync_limit {
   public:
    sync_limit(stream_state& state, time_point deadline)
        : state_(state), deadlines_(state.deadlines_), options_(state.options) {
      const std::lock_guard lock(state.mutex_);
      if (!options_.sync_deadlines) state.deadlines_ = deadlines();
      state.deadlines_.limit_absolute(direction::both, deadline);
      state.options.sync_deadlines = true;
    }
    sync_limit(const sync_limit&) = delete;
    ~sync_limit() {
      const std::lock_guard lock(state_.mutex_);
      state_.deadlines_ = deadlines_;
      state_.options = options_;
    }

   private:
    stream_state& state_;
    deadlines deadlines_;
    stream_options options_;
  };

  /// A synchronous operation's deadline has passed.
  void sync_timed_out(direction which) {
    const std::lock_guard lock(mutex_);
    carry_out(fsm_.expire_before_start(which, options.on_timeout));
  }

  struct admission {
    error_code ec;     ///< Why the operation may not start; else
    ticket owner = 0;  ///< what it is known by.
  };

  /// An operation wants to start. If it may, its deadline counts from now on.
  /// @param own A deadline for this operation alone.
  static admission admit(const std::shared_ptr<stream_state>& self, direction which,
                         time_point own) {
    const std::lock_guard lock(self->mutex_);
    if (self->fsm_.outstanding(which)) return {net::error::already_started};
    bool timed = own != never() || !self->deadlines_.none(which);
    if (timed) {
      const time_point now = self->clock_->now();
      const time_point deadline = self->deadlines_.start(which, now, own);
      if (deadline <= now) {
        self->carry_out(self->fsm_.expire_before_start(which, self->options.on_timeout));
        return {error::timeout};
      }
      timed = deadline != never();
    } else {
      self->deadlines_.set_limit(which, never());
    }
    const ticket owner = *self->fsm_.start(which, self->options.on_timeout);
    if (timed) {
      try {
        arm(self, which, owner);
      } catch (...) {  // there is no memory for the wait
        self->carry_out(self->fsm_.abandon(which, owner));
        throw;
      }
    }
    return {{}, owner};
  }

  /// The initiating function of one of the operation's steps has returned.
  void initiated(direction which, ticket owner, unsigned step = 0) {
    const std::lock_guard lock(mutex_);
    carry_out(fsm_.initiated(which, owner, step));
  }

  /// A step has completed, and the operation wants to initiate the next one.
  /// @return That step's number; or nothing if the operation has been cancelled or timed out.
  std::optional<unsigned> proceed(direction which, ticket owner) {
    const std::lock_guard lock(mutex_);
    return fsm_.proceed(which, owner);
  }

  /// @return Whether the socket is open, while it might be closed on another thread.
  bool is_open() {
    const std::lock_guard lock(mutex_);
    return socket_.is_open();
  }

  /// The operation is over.
  /// @param aborted Whether its last step reported operation_aborted.
  /// @return Whether it has to report a timeout.
  bool finish(direction which, ticket owner, bool aborted) {
    const std::lock_guard lock(mutex_);
    const auto outcome = fsm_.finish(which, owner, aborted);
    carry_out(outcome.then);
    disarm(which);
    return outcome.timed_out;
  }

  /// The operation will not finish.
  void abandon(direction which, ticket owner) {
    const std::lock_guard lock(mutex_);
    if (!fsm_.is_outstanding(which, owner)) return;
    carry_out(fsm_.abandon(which, owner));
    disarm(which);
  }

  /// @return The slot by which the stream can cancel the operation that is about to be initiated
  ///     in this direction; not connected if it will not need to.
  net::cancellation_slot slot_for(direction which, bool cancellable) {
    if (!cancellable && options.on_timeout == timeout_action::close) return {};
    return signals_[index_of(which)].slot();
  }

  /// The program cancels one operation by its slot: no deadline may claim it any more.
  void cancel_one(direction which, ticket owner, net::cancellation_type type) {
    const std::lock_guard lock(mutex_);
    if (type == net::cancellation_type::none || !fsm_.is_outstanding(which, owner)) return;
    fsm_.cancel_one(which, owner);
    signals_[index_of(which)].emit(type);
    wake_rate_wait(which);
  }

  /// Cancels the outstanding operations; they report operation_aborted.
  void cancel() {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    error_code ignored;
    socket_.cancel(ignored);
    wake_rate_wait(direction::both);
  }

  /// Closes the socket; outstanding operations report operation_aborted.
  void close() {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    close_socket();
  }

  /// Cancels the outstanding operations and gives up the socket.
  Socket release_socket() {
    const std::lock_guard lock(mutex_);
    fsm_.cancel();
    error_code ignored;
    socket_.cancel(ignored);
    wake_rate_wait(direction::both);
    return std::move(socket_);
  }

  /// Forgets the absolute deadlines.
  void forget_deadlines() {
    const std::lock_guard lock(mutex_);
    deadlines_.set_absolute(direction::both, never());
  }

  /// Waits until the rate policy may be asked again, and then calls `op`, whatever the error code:
  /// what it is to do, `proceed()` tells.
  template <class Op>
  static void async_wait_for_rate(const std::shared_ptr<stream_state>& self, direction which,
                                  time_point until, Op&& op) {
    timer& wait = self->rate_.timers[index_of(which)];
    const bool is_manual = self->clock_->is_manual();
    wait.expires_at(is_manual ? never() : until);
    wait.async_wait(std::forward<Op>(op));
    if (!is_manual) return;
    self->clock_->file(&wait, until, [self, which] {
      net::post(self->socket_.get_executor(), [self, which] {
        const std::lock_guard lock(self->mutex_);
        self->wake_rate_wait(which);
      });
    });
  }

 private:
  template <class OtherSocket, class OtherPolicy>
  friend class stream_state;

  using timer = net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, executor_type>;

  /// The deadlines of what is outstanding have been set anew.
  static void rearm(const std::shared_ptr<stream_state>& self, direction which) {
    const stream_fsm& fsm = self->fsm_;
    if (fsm.connecting()) return rearm_one(self, direction::both, fsm.owner(direction::read));
    for (const direction one : {direction::read, direction::write}) {
      if (contains(which, one) && fsm.outstanding(one)) rearm_one(self, one, fsm.owner(one));
    }
  }

  static void rearm_one(const std::shared_ptr<stream_state>& self, direction which, ticket owner) {
    try {
      arm(self, which, owner);
    } catch (...) {  // no memory for the wait: rather too early than never
      self->carry_out(self->fsm_.expire(which, owner));
      throw;
    }
  }

  static void arm(const std::shared_ptr<stream_state>& self, direction which, ticket owner) {
    const time_point deadline = self->deadlines_.of(which);
    timer& wait = self->timers_[index_of(which)];
    if (self->clock_->is_manual()) {
      if (deadline == never()) return self->clock_->withdraw(&wait);
      self->clock_->file(&wait, deadline, [self, which, owner] {
        net::post(self->socket_.get_executor(),
                  [self, which, owner] { on_deadline(self, which, owner); });
      });
      return;
    }
    wait.expires_at(deadline);  // which ends a wait for an older deadline
    if (deadline == never()) return;
    wait.async_wait([self, which, owner](error_code ec) {
      if (!ec) on_deadline(self, which, owner);
    });
  }

  void disarm(direction which) {
    timer& wait = timers_[index_of(which)];
    wait.cancel();
    if (clock_->is_manual()) clock_->withdraw(&wait);
  }

  static void on_deadline(const std::shared_ptr<stream_state>& self, direction which,
                          ticket owner) {
    const std::lock_guard lock(self->mutex_);
    if (!self->fsm_.is_outstanding(which, owner)) return;
    if (self->clock_->now() < self->deadlines_.of(which)) {
      // A wait that had ended already when the deadline was moved could not be cancelled; or
      // time has become manual meanwhile.
      return rearm_one(self, which, owner);
    }
    self->carry_out(self->fsm_.expire(which, owner));
  }

  void carry_out(stream_fsm::action action) {
    if (action.close_socket) close_socket();
    if (action.cancel_read) cancel_operation(direction::read);
    if (action.cancel_write) cancel_operation(direction::write);
  }

  void close_socket() {
    error_code ignored;
    socket_.close(ignored);
    wake_rate_wait(direction::both);
  }

  void cancel_operation(direction which) {
    signals_[index_of(which)].emit(net::cancellation_type::total);
    wake_rate_wait(which);
  }

  /// An operation that waits for the rate policy hears that something has changed.
  void wake_rate_wait(direction which) {
    if constexpr (is_rate_limited) {
      for (const direction one : {direction::read, direction::write}) {
        if (!contains(which, one)) continue;
        timer& wait = rate_.timers[index_of(one)];
        wait.cancel();
        if (clock_->is_manual()) clock_->withdraw(&wait);
      }
    }
  }

  clock_service* clock_;
  std::mutex mutex_;
  Socket socket_;
  stream_fsm fsm_;
  deadlines deadlines_;
  std::array<net::cancellation_signal, 2> signals_;
  std::array<timer, 2> timers_;
  [[no_unique_address]] rate_control<RatePolicy, timer> rate_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STREAM_STATE_H
