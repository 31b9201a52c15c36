// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_TEARDOWN_H
#define TIMED_DETAIL_OPERATION_TEARDOWN_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/immediate.hpp>
#include <boost/asio/socket_base.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "timed/detail/operation/blocking.h"
#include "timed/detail/operation/stream_access.h"
#include "timed/detail/operation/transfer.h"
#include "timed/detail/state/sync_limit.h"
#include "timed/detail/time/clock_service.h"
#include "timed/detail/time/deadlines.h"
#include "timed/direction.h"
#include "timed/error.h"
#include "timed/with_timeout.h"

namespace boost::beast {

// Beast's declaration, so that its customisation points here need not include Beast. (With a
// template parameter in its place, the calls would be ambiguous.)
enum class role_type;

}  // namespace boost::beast

namespace boost::asio::ssl {

template <typename Stream>
class stream;  // for the same reason

}  // namespace boost::asio::ssl

namespace timed::detail {

namespace net = boost::asio;

/// Returns whether this side of a WebSocket connection ends the TCP connection first, as the server
/// does.
inline bool ends_first(boost::beast::role_type role) {
  return static_cast<int>(role) == 1;
}

/// Ends this side of the connection.
template <class State>
void end_sending(State& state, error_code& ec) {
  state.socket().shutdown(net::socket_base::shutdown_send, ec);
}

/// Reads and drops what the peer sends, until it has ended its side.
template <class State>
error_code drain_until(State& state, std::chrono::steady_clock::time_point deadline) {
  std::array<char, 4096> dropped;
  error_code ec;
  while (!ec) {
    read_some_until(state.socket(), net::buffer(dropped), deadline, state.clock(), ec);
    if (ec != net::error::would_block) continue;  // no data, and the socket is non-blocking
    ec = wait_until_ready(state.socket().native_handle(), POLLIN, deadline, state.clock());
  }
  return ec == net::error::eof ? error_code() : ec;
}

/// Returns the deadline for ending the connection, counted from now.
template <class State>
std::chrono::steady_clock::time_point linger_deadline(const State& state) {
  return deadlines::later(state.clock().now(), std::chrono::milliseconds(state.options.linger_ms));
}

/// Ends the connection in order and closes the stream.
template <class State>
error_code tear_down_until(bool ends_first, State& state,
                           std::chrono::steady_clock::time_point deadline) {
  error_code ec;
  if (ends_first) end_sending(state, ec);
  if (!ec) ec = drain_until(state, deadline);
  if (!ec && !ends_first) end_sending(state, ec);
  state.close();
  return ec;
}

/// Starts the next step of ending the connection. If that throws, as there is no memory, closes the
/// stream.
template <class State, class Start>
void start_or_close(State& state, Start&& start) {
  try {
    std::forward<Start>(start)();
  } catch (...) {
    state.close();
    throw;
  }
}

/// `tear_down_until()` as a composed operation. It uses the stream's state and not the stream,
/// which may be moved or destroyed meanwhile.
template <class State>
class teardown_op {
 public:
  teardown_op(bool ends_first, std::shared_ptr<State> state,
              std::chrono::steady_clock::time_point deadline)
      : state_(std::move(state)),
        ends_first_(ends_first),
        deadline_(deadline),
        dropped_(std::make_unique<memory>()) {}

  template <class Self>
  void operator()(Self& self) {
    if (shutdown_error_) return complete(self, shutdown_error_);
    self.reset_cancellation_state(net::enable_total_cancellation());
    error_code ec;
    if (ends_first_) end_sending(*state_, ec);
    if (!ec) return read(self);
    shutdown_error_ = ec;
    const auto executor = state_->socket().get_executor();
    net::async_immediate(executor, std::move(self));
  }

  template <class Self>
  void operator()(Self& self, error_code ec, std::size_t) {
    if (!ec) return read(self);
    if (ec == net::error::eof) ec = {};
    if (!ec && !ends_first_) end_sending(*state_, ec);
    complete(self, ec);
  }

 private:
  using memory = std::array<char, 4096>;

  template <class Self>
  void read(Self& self) {
    const auto buffer = net::buffer(*dropped_);
    const std::shared_ptr<State> state = state_;
    start_or_close(*state, [&] {
      run_transfer<direction::read>(state, deadline_bound<Self>(deadline_, std::move(self)),
                                    buffer);
    });
  }

  template <class Self>
  void complete(Self& self, error_code ec) {
    std::exchange(state_, nullptr)->close();
    dropped_.reset();
    self.complete(ec);
  }

  std::shared_ptr<State> state_;
  bool ends_first_;
  std::chrono::steady_clock::time_point deadline_;
  std::unique_ptr<memory> dropped_;
  error_code shutdown_error_;  // of the first step, reported through the immediate executor
};

template <class State, class Token>
auto async_tear_down_until(bool ends_first, const std::shared_ptr<State>& state,
                           std::chrono::steady_clock::time_point deadline, Token&& token) {
  return net::async_compose<Token, void(error_code)>(
      teardown_op<State>(ends_first, state, deadline), token, state->socket().get_executor());
}

/// How to end the TCP connection once TLS has ended.
enum class tcp_ending { close, tear_down_first, tear_down_second };

inline tcp_ending tear_down_order(boost::beast::role_type role) {
  return ends_first(role) ? tcp_ending::tear_down_first : tcp_ending::tear_down_second;
}

/// Ends TLS, and then the connection under it.
template <class Stream>
error_code end_tls(tcp_ending ending, net::ssl::stream<Stream>& tls) {
  const auto state = stream_access::state(tls.next_layer());
  const auto deadline = linger_deadline(*state);
  error_code ec;
  {
    const sync_limit limit(*state, deadline);
    tls.shutdown(ec);
  }
  if (ec == error::timeout || ending == tcp_ending::close) {
    state->close();
    return ec;
  }
  const error_code second =
      tear_down_until(ending == tcp_ending::tear_down_first, *state, deadline);
  return ec ? ec : second;
}

/// Converts every type of cancellation to terminal, the only one that Asio's TLS supports.
struct as_terminal {
  net::cancellation_type_t operator()(net::cancellation_type_t type) const noexcept {
    return type == net::cancellation_type::none ? type : net::cancellation_type::terminal;
  }
};

/// `end_tls()` as a composed operation.
template <class Stream>
class end_tls_op {
 public:
  end_tls_op(tcp_ending ending, net::ssl::stream<Stream>& tls)
      : tls_(&tls),
        ending_(ending),
        deadline_(linger_deadline(*stream_access::state(tls.next_layer()))) {}

  template <class Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(as_terminal(), as_terminal());
    tls_->async_shutdown(deadline_bound<Self>(deadline_, std::move(self)));
  }

  template <class Self>
  void operator()(Self& self, error_code ec) {
    if (tls_has_ended_) return self.complete(tls_error_ ? tls_error_ : ec);
    tls_has_ended_ = true;
    tls_error_ = ec;
    const bool cancelled =
        self.get_cancellation_state().cancelled() != net::cancellation_type::none;
    if (cancelled || ec == error::timeout || ending_ == tcp_ending::close) {
      stream_access::close_at_once(tls_->next_layer());
      return self.complete(ec);
    }
    const auto state = stream_access::state(tls_->next_layer());
    start_or_close(*state, [&] {
      async_tear_down_until(ending_ == tcp_ending::tear_down_first, state, deadline_,
                            std::move(self));
    });
  }

 private:
  net::ssl::stream<Stream>* tls_;
  tcp_ending ending_;
  bool tls_has_ended_ = false;
  std::chrono::steady_clock::time_point deadline_;
  error_code tls_error_;
};

template <class Stream, class Token>
auto async_end_tls(tcp_ending ending, net::ssl::stream<Stream>& tls, Token&& token) {
  return net::async_compose<Token, void(error_code)>(end_tls_op<Stream>(ending, tls), token, tls);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_TEARDOWN_H
