// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_CONNECT_STEP_H
#define TIMED_DETAIL_OPERATION_CONNECT_STEP_H

#include <algorithm>
#include <boost/asio/error.hpp>
#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/completed.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/detail/operation/blocking.h"
#include "timed/detail/operation/timed_op.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// An attempt to connect to one endpoint: a part of the operation's steps.
///
/// A Unix socket connects immediately or, while the listener's backlog is full, not at all. There
/// is no event to wait for then: the kernel can only block a thread, as io_uring does, and Asio's
/// sockets report success. So the stream calls connect(2) itself, and tries again after a pause.
template <class State, bool MayBeLocal = may_be_local<typename State::socket_type::protocol_type>>
class connect_attempt {
  using endpoint_type = typename State::socket_type::endpoint_type;

 public:
  /// Initiates the attempt.
  /// @param op An operation whose steps have `attempt()`.
  template <class Op>
  static void start(Op&& op, const endpoint_type& endpoint) {
    op.state()->socket().async_connect(endpoint, std::forward<Op>(op));
  }

  /// Returns whether what has completed was a pause, and forgets it.
  static constexpr bool take_pause() noexcept { return false; }
};

template <class State>
class connect_attempt<State, true> {
  using endpoint_type = typename State::socket_type::endpoint_type;
  using milliseconds = std::chrono::milliseconds;

 public:
  template <class Op>
  static void start(Op&& op, const endpoint_type& endpoint) {
    const std::shared_ptr<State> state = op.state();
    if (!is_local(endpoint)) return state->socket().async_connect(endpoint, std::forward<Op>(op));
    connect_attempt& self = op.steps().attempt();
    error_code ec = net::error::operation_aborted;  // if the socket was closed meanwhile
    if (self.pause_ == milliseconds::zero() || state->socket().is_open()) {
      ec = connect_at_once(state->socket(), endpoint);
    }
    if (ec != net::error::try_again) {
      return complete_immediately(state->executor(), std::forward<Op>(op), ec);
    }
    self.is_pausing_ = true;
    self.pause_ = std::clamp(2 * self.pause_, milliseconds(1), milliseconds(64));
    State::async_pause(state, self.pause_, std::forward<Op>(op));
  }

  bool take_pause() noexcept { return std::exchange(is_pausing_, false); }

 private:
  milliseconds pause_{0};  // duration of the last pause
  bool is_pausing_ = false;
};

/// The steps of a connect to one endpoint.
template <class State>
class connect_step {
  using endpoint_type = typename State::socket_type::endpoint_type;
  using attempt_type = connect_attempt<State>;
  // An endpoint that is tried once only need not be stored.
  struct no_endpoint {
    explicit no_endpoint(const endpoint_type&) {}
  };
  using stored_endpoint =
      std::conditional_t<may_be_local<typename State::socket_type::protocol_type>, endpoint_type,
                         no_endpoint>;

 public:
  explicit connect_step(const endpoint_type& endpoint) : endpoint_(endpoint) {}

  attempt_type& attempt() noexcept { return attempt_; }

  template <class Op>
  void operator()(Op& op, error_code ec) {
    if (attempt_.take_pause()) {
      if (const auto step = op.proceed()) {
        return initiate_step(std::move(op), *step, [](auto&& next) { try_again(std::move(next)); });
      }
      ec = net::error::operation_aborted;
    }
    if (!ec) ec = op.state()->connect_outcome();
    if (ec) op.state()->reset_connect(ec);
    op.complete(ec);
  }

 private:
  template <class Op>
  static void try_again(Op&& op) {
    if constexpr (std::is_same_v<stored_endpoint, endpoint_type>) {
      const endpoint_type endpoint = op.steps().endpoint_;
      attempt_type::start(std::forward<Op>(op), endpoint);
    }
  }

  [[no_unique_address]] stored_endpoint endpoint_;
  [[no_unique_address]] attempt_type attempt_;
};

/// Starts a connect to one endpoint.
template <class State, class Handler, class Endpoint>
void run_connect(const std::shared_ptr<State>& state, Handler&& handler, const Endpoint& endpoint) {
  run_timed<direction::both>(
      state, std::forward<Handler>(handler), connect_step<State>(endpoint),
      [&](auto&& op) { connect_attempt<State>::start(std::move(op), endpoint); });
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_CONNECT_STEP_H
