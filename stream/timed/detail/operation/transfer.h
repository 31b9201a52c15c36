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

/// A read or a write of some bytes: one step.
template <direction which>
struct transfer {
  static std::size_t no_result() noexcept { return 0; }

  template <class Self, class Buffers>
  void operator()(Self& self, const Buffers& buffers) const {
    auto& socket = self.state()->socket();
    skip_empty_buffers<buffer_of<which>>(buffers, [&](const auto& some) {
      initiate_transfer<which>(socket, some, std::move(self));
    });
  }

  template <class Self>
  [[gnu::always_inline]] void operator()(Self& self, error_code ec, std::size_t bytes) const {
    self.complete(ec, bytes);
  }
};

/// A read or a write under a rate policy. It first waits until the socket is ready, so that it does
/// not reserve bytes that others could transfer. Then it asks the policy how many bytes it may
/// transfer, and waits while that is none. Then it transfers them, and returns what it did not use;
/// also if it is destroyed.
template <class State, direction which, class Buffers>
class limited_transfer {
  static constexpr bool reading = which == direction::read;
  using buffer_type = buffer_of<which>;

 public:
  explicit limited_transfer(const Buffers& buffers) : buffers_(buffers) {}
  limited_transfer(limited_transfer&& other) noexcept
      : buffers_(std::move(other.buffers_)),
        granted_by_(std::exchange(other.granted_by_, nullptr)),
        granted_(other.granted_) {}
  ~limited_transfer() { settle(0); }

  static std::size_t no_result() noexcept { return 0; }

  template <class Self>
  void operator()(Self& self) const {
    auto& socket = self.state()->socket();
    socket.async_wait(reading ? net::socket_base::wait_read : net::socket_base::wait_write,
                      std::move(self));
  }

  /// Called after a wait. How a wait for the rate policy ended does not matter: `begin_step()`
  /// tells whether to go on.
  template <class Self>
  void operator()(Self& self, error_code ec) {
    const bool has_asked = granted_by_ != nullptr;
    if (ec && !has_asked) return complete(self, ec, 0);
    const auto step = self.begin_step();
    if (!step) return complete(self, net::error::operation_aborted, 0);
    const std::shared_ptr<State> state = self.state();
    const auto grant =
        state->gate().acquire(reading, net::buffer_size(buffers_), state->clock().now());
    assert(granted_ == 0 && (!granted_by_ || granted_by_ == state.get()));
    granted_by_ = state.get();
    granted_ = grant.bytes;
    if (grant.bytes == 0) {
      State::async_wait_for_rate(state, which, grant.retry_at, std::move(self));
    } else {
      const buffers_prefix<buffer_type> part(buffers_, grant.bytes);
      initiate_transfer<which>(state->socket(), part, std::move(self));
    }
  }

  template <class Self>
  void operator()(Self& self, error_code ec, std::size_t bytes) {
    complete(self, ec, bytes);
  }

 private:
  template <class Self>
  void complete(Self& self, error_code ec, std::size_t bytes) {
    settle(bytes);
    self.complete(ec, bytes);
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
void start_transfer(const std::shared_ptr<State>& state, Handler&& handler,
                    const Buffers& buffers) {
  if constexpr (!State::is_rate_limited) {
    start_timed<which>(state, std::forward<Handler>(handler), transfer<which>(), buffers);
  } else {
    start_timed<which>(state, std::forward<Handler>(handler),
                       limited_transfer<State, which, Buffers>(buffers));
  }
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_TRANSFER_H
