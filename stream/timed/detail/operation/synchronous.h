// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_SYNCHRONOUS_H
#define TIMED_DETAIL_OPERATION_SYNCHRONOUS_H

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <memory>

#include "timed/detail/descriptor_calls.h"
#include "timed/detail/operation/blocking.h"
#include "timed/detail/operation/range_connect.h"
#include "timed/detail/operation/transfer.h"
#include "timed/detail/time/deadlines.h"
#include "timed/detail/time/handler_call.h"
#include "timed/direction.h"
#include "timed/error.h"

// The synchronous operations of a stream: `blocking.h`, with the deadlines of the stream and the
// effect of their timeouts.

namespace timed::detail {

/// Returns the deadline of a synchronous operation that starts now.
template <class State>
typename State::time_point synchronous_deadline(State& state, direction which) {
  handler_call::forget();                      // the operation may block for long
  deadlines copy = state.deadline_settings();  // starting an operation changes them
  if (!state.options.sync_deadlines || copy.has_none(which)) return State::never();
  return copy.start(which, State::never(), state.clock().now());
}

/// Applies the effect of a timeout, if the operation has timed out.
template <class State>
void finish_synchronous(State& state, direction which, const error_code& ec) {
  if (ec == error::timeout) state.time_out_unstarted(which);
}

template <class State, class Endpoint>
error_code connect_synchronously(State& state, const Endpoint& endpoint) {
  const auto deadline = synchronous_deadline(state, direction::both);
  const error_code ec = connect_until(state.socket(), endpoint, deadline, state.clock());
  finish_synchronous(state, direction::both, ec);
  return ec;
}

/// Connects to one of the endpoints in [next, end).
/// @param state Kept alive, as the condition may do anything with the stream.
/// @return The iterator to the endpoint connected to; `end` if there is none.
template <class State, class Iterator, class Condition>
Iterator connect_range_synchronously(std::shared_ptr<State> state, Iterator next, Iterator end,
                                     Condition condition, error_code& ec) {
  const auto deadline = synchronous_deadline(*state, direction::both);
  ec = net::error::not_found;
  error_code last;
  for (;; ++next) {
    next = next_endpoint(condition, last, next, end);
    if (next == end) break;
    close_at_once(state->socket());
    const typename State::socket_type::endpoint_type endpoint(*next);
    ec = last = connect_until(state->socket(), endpoint, deadline, state->clock());
    if (!ec || ec == error::timeout) break;
  }
  finish_synchronous(*state, direction::both, ec);
  return ec ? end : next;
}

/// Reads or writes some bytes, without a deadline by the socket itself.
template <direction which, class State, class Buffers>
std::size_t transfer_synchronously(State& state, const Buffers& buffers, error_code& ec) {
  constexpr bool reading = which == direction::read;
  auto& socket = state.socket();
  const auto deadline = synchronous_deadline(state, which);
  if (deadline == State::never() || net::buffer_size(buffers) == 0) {
    return transfer_uninterrupted(ec, [&] {
      return skip_empty_buffers<buffer_of<which>>(buffers, [&](const auto& some) {
        if constexpr (reading) {
          return socket.read_some(some, ec);
        } else {
          return socket.write_some(some, ec);
        }
      });
    });
  }
  std::size_t bytes = 0;
  if constexpr (reading) {
    bytes = read_some_until(socket, buffers, deadline, state.clock(), ec);
  } else {
    bytes = write_some_until(socket, buffers, deadline, state.clock(), ec);
  }
  finish_synchronous(state, which, ec);
  return bytes;
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_SYNCHRONOUS_H
