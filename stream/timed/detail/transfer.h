// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TRANSFER_H
#define TIMED_DETAIL_TRANSFER_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/buffers_prefix.h"
#include "timed/detail/timed_op.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

/// Initiates a read or a write of the socket.
template <direction which, class Socket, class Buffers, class Op>
void initiate_transfer(Socket& socket, const Buffers& buffers, Op&& op) {
  if constexpr (which == direction::read) {
    socket.async_read_some(buffers, std::forward<Op>(op));
  } else {
    socket.async_write_some(buffers, std::forward<Op>(op));
  }
}

/// A transfer under a rate policy: asks the policy how much may be transferred, waits while it is
/// nothing, transfers that much, and gives back what was not used.
///
/// What the policy has granted is given back too if the operation is destroyed on the way.
template <class State, direction which, class Buffers>
class limited_steps {
  using buffer_type =
      std::conditional_t<which == direction::read, net::mutable_buffer, net::const_buffer>;

 public:
  explicit limited_steps(const Buffers& buffers) : buffers_(buffers) {}
  limited_steps(limited_steps&& other) noexcept
      : buffers_(std::move(other.buffers_)),
        owed_to_(std::exchange(other.owed_to_, nullptr)),
        granted_(other.granted_) {}
  ~limited_steps() { settle(0); }

  /// Initiates what is next. The stream has consented to it.
  template <class Op>
  static void advance(Op&& op) {
    const std::shared_ptr<State> state = op.state();
    limited_steps& self = op.steps();
    const std::size_t wanted = net::buffer_size(self.buffers_);
    const auto grant =
        state->gate().acquire(which == direction::read, wanted, state->clock().now());
    if (grant.bytes == 0) {
      State::async_wait_for_rate(state, which, grant.retry_at, std::forward<Op>(op));
      return;
    }
    self.owed_to_ = state.get();
    self.granted_ = grant.bytes;
    const buffers_prefix<buffer_type> part(self.buffers_, grant.bytes);
    initiate_transfer<which>(state->socket(), part, std::forward<Op>(op));
  }

  /// The wait is over, for whatever reason.
  template <class Op>
  void operator()(Op& op, error_code) const {
    const auto step = op.proceed();
    if (!step) return op.complete(error_code(net::error::operation_aborted), std::size_t(0));
    const std::shared_ptr<State> state = op.state();
    const auto owner = op.place().owner();
    advance(std::move(op));
    state->initiated(which, owner, *step);
  }

  template <class Op>
  void operator()(Op& op, error_code ec, std::size_t bytes) {
    settle(bytes);
    op.complete(ec, bytes);
  }

 private:
  void settle(std::size_t bytes) {
    if (owed_to_ == nullptr) return;
    std::exchange(owed_to_, nullptr)->gate().settle(which == direction::read, granted_, bytes);
  }

  Buffers buffers_;
  State* owed_to_ = nullptr;  // kept alive by the operation
  std::size_t granted_ = 0;
};

/// Starts a read or a write of some bytes.
template <direction which, class State, class Handler, class Buffers>
void run_transfer(const std::shared_ptr<State>& state, Handler&& handler, const Buffers& buffers) {
  if constexpr (!State::is_rate_limited) {
    auto& socket = state->socket();
    run_timed(
        state, which, std::forward<Handler>(handler), single_step(),
        [&](auto&& op) { initiate_transfer<which>(socket, buffers, std::move(op)); },
        std::size_t(0));
  } else {
    using steps = limited_steps<State, which, Buffers>;
    run_timed(
        state, which, std::forward<Handler>(handler), steps(buffers),
        [](auto&& op) { steps::advance(std::move(op)); }, std::size_t(0));
  }
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_TRANSFER_H
