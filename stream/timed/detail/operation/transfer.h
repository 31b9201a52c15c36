// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_TRANSFER_H
#define TIMED_DETAIL_OPERATION_TRANSFER_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <cassert>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/operation/buffers_prefix.h"
#include "timed/detail/operation/timed_op.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

template <direction which>
using buffer_of =
    std::conditional_t<which == direction::read, net::mutable_buffer, net::const_buffer>;

/// Initiates a read or a write of the socket.
template <direction which, class Socket, class Buffers, class Op>
void initiate_transfer(Socket& socket, const Buffers& buffers, Op&& op) {
  if constexpr (which == direction::read) {
    socket.async_read_some(buffers, std::forward<Op>(op));
  } else {
    socket.async_write_some(buffers, std::forward<Op>(op));
  }
}

/// The steps of a transfer under a rate policy. It first waits until the socket is ready, so that
/// it does not reserve bytes that others could transfer. Then it asks the policy how many bytes it
/// may transfer, and waits while that is none. Then it transfers them, and returns what it did not
/// use; also if it is destroyed.
template <class State, direction which, class Buffers>
class limited_steps {
  static constexpr bool reading = which == direction::read;
  using buffer_type = buffer_of<which>;

 public:
  explicit limited_steps(const Buffers& buffers) : buffers_(buffers) {}
  limited_steps(limited_steps&& other) noexcept
      : buffers_(std::move(other.buffers_)),
        granted_by_(std::exchange(other.granted_by_, nullptr)),
        granted_(other.granted_) {}
  ~limited_steps() { settle(0); }

  /// Initiates the first step.
  template <class Op>
  static void start(Op&& op) {
    auto& socket = op.state()->socket();
    socket.async_wait(reading ? net::socket_base::wait_read : net::socket_base::wait_write,
                      std::forward<Op>(op));
  }

  /// Called after a wait. How a wait for the rate policy ended does not matter: `proceed()` tells
  /// whether to go on.
  template <class Op>
  void operator()(Op& op, error_code ec) {
    const bool has_asked = granted_by_ != nullptr;
    if (ec && !has_asked) return complete(op, ec, 0);
    const auto step = op.proceed();
    if (!step) return complete(op, net::error::operation_aborted, 0);
    initiate_step(std::move(op), *step, [](auto&& next) { ask(std::move(next)); });
  }

  template <class Op>
  void operator()(Op& op, error_code ec, std::size_t bytes) {
    complete(op, ec, bytes);
  }

 private:
  template <class Op>
  static void ask(Op&& op) {
    const std::shared_ptr<State> state = op.state();
    limited_steps& self = op.steps();
    const auto grant =
        state->gate().acquire(reading, net::buffer_size(self.buffers_), state->clock().now());
    assert(self.granted_ == 0 && (!self.granted_by_ || self.granted_by_ == state.get()));
    self.granted_by_ = state.get();
    self.granted_ = grant.bytes;
    if (grant.bytes == 0) {
      State::async_wait_for_rate(state, which, grant.retry_at, std::forward<Op>(op));
    } else {
      const buffers_prefix<buffer_type> part(self.buffers_, grant.bytes);
      initiate_transfer<which>(state->socket(), part, std::forward<Op>(op));
    }
  }

  template <class Op>
  void complete(Op& op, error_code ec, std::size_t bytes) {
    settle(bytes);
    op.complete(ec, bytes);
  }

  void settle(std::size_t bytes) {
    State* const state = std::exchange(granted_by_, nullptr);
    if (state != nullptr) state->gate().settle(reading, granted_, bytes, state->clock().now());
  }

  Buffers buffers_;
  State* granted_by_ = nullptr;  // null until the policy is asked; kept alive by the operation
  std::size_t granted_ = 0;
};

/// Starts a read or a write of some bytes.
template <direction which, class State, class Handler, class Buffers>
void run_transfer(const std::shared_ptr<State>& state, Handler&& handler, const Buffers& buffers) {
  if constexpr (!State::is_rate_limited) {
    auto& socket = state->socket();
    run_timed<which>(
        state, std::forward<Handler>(handler), single_step(),
        [&](auto&& op) {
          op.state()->template notice_readiness<which>();
          skip_empty_buffers<buffer_of<which>>(buffers, [&](const auto& some) {
            initiate_transfer<which>(socket, some, std::move(op));
          });
        },
        std::size_t(0));
  } else {
    using steps = limited_steps<State, which, Buffers>;
    run_timed<which>(
        state, std::forward<Handler>(handler), steps(buffers),
        [](auto&& op) { steps::start(std::move(op)); }, std::size_t(0));
  }
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_TRANSFER_H
