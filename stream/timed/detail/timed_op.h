// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIMED_OP_H
#define TIMED_DETAIL_TIMED_OP_H

#include <boost/asio/append.hpp>
#include <boost/asio/associated_immediate_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/stream_state.h"

namespace timed::detail {

/// The completion handler that a timed operation hands to the socket's operation, around the
/// user's. Whatever is associated with the user's handler (executor, immediate executor,
/// allocator, cancellation slot) is thereby associated with the socket's operation, which is how
/// the whole costs no further handler: there is one completion, and it is the socket's.
template <class Socket, class Handler>
class timed_op {
 public:
  timed_op(std::shared_ptr<stream_state<Socket>> state, directions which, stream_fsm::ticket owner,
           Handler handler)
      : state_(std::move(state)), which_(which), owner_(owner), handler_(std::move(handler)) {}

  template <class... Results>
  void operator()(error_code ec, Results... results) {
    if (state_->finish(which_, owner_)) ec = error::timeout;
    state_.reset();
    std::move(handler_)(ec, results...);
  }

  const Handler& handler() const noexcept { return handler_; }

 private:
  std::shared_ptr<stream_state<Socket>> state_;
  directions which_;
  stream_fsm::ticket owner_;
  Handler handler_;
};

/// Completes an operation that need not or may not start: through the handler's immediate executor
/// if it has one, else as if by post; so never within the initiating function.
template <class Executor, class Handler, class... Results>
void complete_immediately(const Executor& executor, Handler handler, Results... results) {
  const auto immediate = net::get_associated_immediate_executor(handler, executor);
  net::dispatch(immediate, net::append(std::move(handler), results...));
}

/// Runs one operation of the stream that `state` belongs to.
///
/// @param start Called with the handler for the socket's operation; initiates it.
/// @param no_results What `handler` gets after the error code if the operation cannot start.
template <class Socket, class Handler, class Start, class... NoResults>
void run_timed(const std::shared_ptr<stream_state<Socket>>& shared, directions which,
               Handler&& handler, Start start, NoResults... no_results) {
  // The operation may complete, and its handler destroy the stream, while this is still at work.
  const std::shared_ptr<stream_state<Socket>> state = shared;
  const auto admission = state->admit(which);
  if (admission.ec) {
    complete_immediately(state->socket().get_executor(), std::forward<Handler>(handler),
                         admission.ec, no_results...);
    return;
  }
  try {
    start(timed_op<Socket, std::decay_t<Handler>>(state, which, admission.owner,
                                                  std::forward<Handler>(handler)));
  } catch (...) {
    state->abandon(which, admission.owner);
    throw;
  }
  state->initiated(which, admission.owner);
}

}  // namespace timed::detail

template <template <class, class> class Associator, class Socket, class Handler, class Default>
struct boost::asio::associator<Associator, timed::detail::timed_op<Socket, Handler>, Default>
    : Associator<Handler, Default> {
  static auto get(const timed::detail::timed_op<Socket, Handler>& op) noexcept {
    return Associator<Handler, Default>::get(op.handler());
  }

  static auto get(const timed::detail::timed_op<Socket, Handler>& op,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(op.handler(), fallback)) {
    return Associator<Handler, Default>::get(op.handler(), fallback);
  }
};

#endif  // TIMED_DETAIL_TIMED_OP_H
