// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_CONNECT_STEP_H
#define TIMED_DETAIL_CONNECT_STEP_H

#include <algorithm>
#include <boost/asio/error.hpp>
#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/blocking.h"
#include "timed/detail/completed.h"
#include "timed/detail/socket_traits.h"
#include "timed/detail/timed_op.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// How a connect tries one endpoint: a part of the operation's steps.
///
/// A Unix socket connects at once or, while the listener's backlog is full, not at all. There is
/// nothing to wait on then: the kernel can only block a thread, which io_uring has it do, and
/// Asio's sockets report success. So the stream connects these itself, and tries again after a
/// pause.
template <class State, bool MayBeLocal = may_be_local<typename State::socket_type::protocol_type>>
class connect_attempt {
  using endpoint_type = typename State::socket_type::endpoint_type;

 public:
  /// Initiates it.
  /// @param op Has `attempt()` in its steps.
  template <class Op>
  static void start(Op&& op, const endpoint_type& endpoint) {
    op.state()->socket().async_connect(endpoint, std::forward<Op>(op));
  }

  /// @return Whether what has completed was only a pause.
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
    error_code ec =
        net::error::operation_aborted;  // if the program has closed the socket meanwhile
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
  milliseconds pause_{0};  // the last one
  bool is_pausing_ = false;
};

/// A connect to one endpoint.
template <class State>
class connect_step {
  using endpoint_type = typename State::socket_type::endpoint_type;
  using attempt_type = connect_attempt<State>;
  // What is tried once only, need not be kept.
  struct forgotten {
    explicit forgotten(const endpoint_type&) {}
  };
  using kept = std::conditional_t<may_be_local<typename State::socket_type::protocol_type>,
                                  endpoint_type, forgotten>;

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
    if (ec) op.state()->forget_connect(ec);
    op.complete(ec);
  }

 private:
  template <class Op>
  static void try_again(Op&& op) {
    if constexpr (std::is_same_v<kept, endpoint_type>) {
      const endpoint_type endpoint = op.steps().endpoint_;
      attempt_type::start(std::forward<Op>(op), endpoint);
    }
  }

  [[no_unique_address]] kept endpoint_;
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

#endif  // TIMED_DETAIL_CONNECT_STEP_H
