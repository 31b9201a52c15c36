// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_STATE_TIMED_SOCKET_H
#define TIMED_DETAIL_STATE_TIMED_SOCKET_H

#include <poll.h>

#include <array>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/socket_base.hpp>
#include <cstdint>
#include <ctime>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/deadline/socket_traits.h"
#include "timed/detail/descriptor_calls.h"
#include "timed/detail/rate/rate_gate.h"
#include "timed/detail/time/clock_service.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// The rate policy, and for each direction a timer on which an operation waits until it may
/// transfer something. No timers if the rate is unlimited.
template <class Policy, class Timer>
struct rate_control {
  template <class Executor, class... Args>
  explicit rate_control(const Executor& executor, Args&&... args)
      : gate(std::forward<Args>(args)...), timers{Timer(executor), Timer(executor)} {}

  rate_gate<Policy> gate;
  std::array<Timer, 2> timers;
};

template <class Policy, class Timer>
  requires(rate_gate<Policy>::unlimited)
struct rate_control<Policy, Timer> {
  template <class Executor, class... Args>
  explicit rate_control(const Executor&, Args&&... args) : gate(std::forward<Args>(args)...) {}

  [[no_unique_address]] rate_gate<Policy> gate;
};

/// The socket of a stream, its cancellation signals, and the timers that its operations wait on. It
/// decides nothing. The caller serialises the calls.
template <class Socket, class RatePolicy>
class timed_socket {
 public:
  using executor_type = typename Socket::executor_type;
  using duration = clock_service::duration;
  using timer = typename socket_traits<Socket>::timer;

  /// Whether a connect may have to pause between two attempts.
  static constexpr bool may_pause = may_be_local<typename Socket::protocol_type>;
  static constexpr bool is_rate_limited = !rate_gate<RatePolicy>::unlimited;

  /// How closing the socket treats bytes that have not been sent.
  enum class closing : std::uint8_t {
    at_once,   ///< As `close_at_once()` does: they are sent in the background.
    lingering  ///< As SO_LINGER says, so close(2) may block.
  };

  template <class... PolicyArgs>
  timed_socket(Socket socket, const executor_type& executor, PolicyArgs&&... policy_args)
      : socket_(std::move(socket)), rate_(executor, std::forward<PolicyArgs>(policy_args)...) {}

  Socket& get() noexcept { return socket_; }
  const Socket& get() const noexcept { return socket_; }
  rate_gate<RatePolicy>& gate() noexcept { return rate_.gate; }
  const rate_gate<RatePolicy>& gate() const noexcept { return rate_.gate; }

  /// Returns the slot by which `cancel_one()` cancels the operation in this direction.
  net::cancellation_slot slot(direction which) noexcept { return signals_[index_of(which)].slot(); }

  /// Waits for the rate policy, and then calls `op`.
  /// @param end_wait Called, if time is manual, when that has reached `until`. It has to call
  ///     `cancel_rate_wait()`.
  template <class Op, class EndWait>
  void async_wait_for_rate(direction which, clock_service::time_point until, clock_service& clock,
                           Op&& op, EndWait end_wait) {
    timer& wait = rate_timer(which);
    const bool is_manual = clock.is_manual();
    wait.expires_at(is_manual ? clock_service::time_point::max() : until);
    wait.async_wait(std::forward<Op>(op));
    if (is_manual) clock.file(&wait, until, std::move(end_wait));
  }

  /// Waits before another attempt of a connect.
  template <class Op>
  void async_pause(const executor_type& executor, duration pause, Op&& op) {
    if (!pause_) pause_ = std::make_unique<timer>(executor);
    pause_->expires_after(pause);
    pause_->async_wait(std::forward<Op>(op));
  }

  /// Returns the result of a connect for which the socket has reported success.
  error_code connect_outcome() {
    return socket_.is_open() ? connect_result(socket_.native_handle()) : error_code();
  }

  /// Resets the socket after a connect that has failed, for the next one.
  void reset_connect() {
    if (socket_.is_open()) detail::reset_connect(socket_.native_handle());
  }

  /// Has the reactor report that the socket is ready, if poll(2) finds it ready: a wait for
  /// readiness completes, and with it the operation that is initiated next in this direction. If
  /// the socket is not ready, the kernel reports the change. (Exception: it never reports a Unix
  /// socket as writable that was shut down while its buffer was full.)
  [[gnu::noinline]] void notice_readiness(direction which) {
    const bool reads = which == direction::read;
    const timespec at_once{};
    if (!socket_.is_open()) return;
    if (poll_once(socket_.native_handle(), reads ? POLLIN : POLLOUT, &at_once)) return;
    socket_.async_wait(reads ? net::socket_base::wait_read : net::socket_base::wait_write,
                       net::detached);
  }

  /// Cancels the operation in this direction.
  void cancel_one(direction which, net::cancellation_type_t types, clock_service& clock) noexcept {
    try {
      signals_[index_of(which)].emit(types);
    } catch (...) {  // no memory: cancelling both directions is better than neither
      cancel(clock);
    }
  }

  /// Cancels the operations in both directions.
  void cancel(clock_service& clock) {
    error_code ignored;
    socket_.cancel(ignored);
    end_waits(clock);
  }

  void close(closing how, clock_service& clock) {
    if (how == closing::at_once) {
      detail::close_at_once(socket_);
    } else {
      error_code ignored;
      socket_.close(ignored);
    }
    end_waits(clock);
  }

  /// Ends the wait for the rate policy, if an operation is in it.
  void cancel_rate_wait(direction which, clock_service& clock) {
    if constexpr (is_rate_limited) {
      for (const direction one : {direction::read, direction::write}) {
        if (!contains(which, one)) continue;
        timer& wait = rate_timer(one);
        wait.cancel();
        if (clock.is_manual()) clock.withdraw(&wait);
      }
    }
  }

 private:
  timer& rate_timer(direction which) noexcept { return rate_.timers[index_of(which)]; }

  void end_waits(clock_service& clock) {
    cancel_rate_wait(direction::both, clock);
    if constexpr (may_pause) {
      if (pause_) pause_->cancel();
    }
  }

  struct no_pause {};
  [[no_unique_address]] std::conditional_t<may_pause, std::unique_ptr<timer>, no_pause>
      pause_;  // between the attempts of a connect
  Socket socket_;
  std::array<net::cancellation_signal, 2> signals_;
  [[no_unique_address]] rate_control<RatePolicy, timer> rate_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_STATE_TIMED_SOCKET_H
