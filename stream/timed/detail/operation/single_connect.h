// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_SINGLE_CONNECT_H
#define TIMED_DETAIL_OPERATION_SINGLE_CONNECT_H

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

/// An attempt to connect to one endpoint: a step of an operation, or several with pauses.
///
/// A Unix socket connects immediately or, while the listener's backlog is full, not at all. There
/// is no event to wait for then: the kernel can only block a thread, as io_uring does, and Asio's
/// sockets report success. So the stream calls connect(2) itself, and tries again after a pause.
template <class State, bool MayBeLocal = may_be_local<typename State::socket_type::protocol_type>>
class connect_attempt {
  using endpoint_type = typename State::socket_type::endpoint_type;

 public:
  /// Initiates it.
  /// @param self The operation that this is a part of.
  /// @param endpoint It is not in the operation, which moves.
  template <class Self>
  void start(Self& self, const endpoint_type& endpoint) {
    auto& socket = self.state()->socket();
    socket.async_connect(endpoint, std::move(self));
  }

  /// Returns whether what has completed was a pause, and forgets it.
  static constexpr bool take_pause() noexcept { return false; }
};

template <class State>
class connect_attempt<State, true> {
  using endpoint_type = typename State::socket_type::endpoint_type;
  using milliseconds = std::chrono::milliseconds;

 public:
  template <class Self>
  void start(Self& self, const endpoint_type& endpoint) {
    const std::shared_ptr<State> state = self.state();
    if (!is_local(endpoint)) return state->socket().async_connect(endpoint, std::move(self));
    error_code ec = net::error::operation_aborted;  // if the socket was closed meanwhile
    if (pause_ == milliseconds::zero() || state->socket().is_open()) {
      ec = connect_at_once(state->socket(), endpoint);
    }
    if (ec != net::error::try_again) {
      return complete_immediately(state->executor(), std::move(self), ec);
    }
    is_pausing_ = true;
    pause_ = std::clamp(2 * pause_, milliseconds(1), milliseconds(64));
    State::async_pause(state, pause_, std::move(self));
  }

  bool take_pause() noexcept { return std::exchange(is_pausing_, false); }

 private:
  milliseconds pause_{0};  // duration of the last pause
  bool is_pausing_ = false;
};

/// A connect to one endpoint.
template <class State>
class single_connect {
  using endpoint_type = typename State::socket_type::endpoint_type;
  static constexpr bool may_pause = may_be_local<typename State::socket_type::protocol_type>;
  // An endpoint that is tried once only need not be stored.
  struct no_endpoint {
    explicit no_endpoint(const endpoint_type&) {}
  };

 public:
  explicit single_connect(const endpoint_type& endpoint) : endpoint_(endpoint) {}

  template <class Self>
  void operator()(Self& self, const endpoint_type& endpoint) {
    attempt_.start(self, endpoint);
  }

  template <class Self>
  void operator()(Self& self, error_code ec) {
    if constexpr (may_pause) {
      if (attempt_.take_pause()) {
        const endpoint_type endpoint = endpoint_;
        if (const auto step = self.begin_step()) return attempt_.start(self, endpoint);
        ec = net::error::operation_aborted;
      }
    }
    if (!ec) ec = self.state()->connect_outcome();
    if (ec) self.state()->reset_connect(ec);
    self.complete(ec);
  }

 private:
  [[no_unique_address]] std::conditional_t<may_pause, endpoint_type, no_endpoint> endpoint_;
  [[no_unique_address]] connect_attempt<State> attempt_;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_SINGLE_CONNECT_H
