// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_RANGE_CONNECT_H
#define TIMED_DETAIL_OPERATION_RANGE_CONNECT_H

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/detail/operation/blocking.h"
#include "timed/detail/operation/connect_step.h"
#include "timed/detail/operation/timed_op.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

template <class T>
concept endpoint_sequence_type = net::is_endpoint_sequence<T>::value;

template <class T, class Iterator>
concept connect_condition = net::is_connect_condition<T, Iterator>::value;

template <class Sequence>
using iterator_of = decltype(std::declval<const Sequence&>().begin());

/// The connect condition that accepts every endpoint.
struct any_endpoint {
  template <class Endpoint>
  bool operator()(const error_code&, const Endpoint&) const noexcept {
    return true;
  }
};

/// Returns the first iterator in [next, end) that the condition accepts after an attempt that ended
/// with `ec`. As in Asio, a condition is called with an endpoint and returns a bool, or is called
/// with an iterator and returns the iterator to use.
template <class Condition, class Iterator>
Iterator next_endpoint(Condition& condition, const error_code& ec, Iterator next, Iterator end) {
  if constexpr (std::is_invocable_r_v<bool, Condition&, const error_code&, decltype(*next)>) {
    while (next != end && !condition(ec, *next)) ++next;
    return next;
  } else {
    return next == end ? end : condition(ec, next);
  }
}

/// The endpoints of a connect, as a sequence. The result is the endpoint connected to.
template <class Endpoint, class Sequence>
class endpoint_sequence {
 public:
  explicit endpoint_sequence(const Sequence& endpoints) : endpoints_(endpoints) {}

  // A number, not an iterator, as the sequence is moved with the operation.
  auto current() const { return std::next(endpoints_.begin(), position_); }
  auto end() const { return endpoints_.end(); }
  template <class Iterator>
  void move_to(Iterator next) {
    position_ = std::distance(std::as_const(endpoints_).begin(), next);
  }
  Endpoint result(bool connected) const { return connected ? Endpoint(*current()) : Endpoint(); }

 private:
  Sequence endpoints_;
  std::ptrdiff_t position_ = 0;
};

/// The endpoints of a connect, as a range. The result is the iterator to the endpoint connected to,
/// or the end.
template <class Iterator>
class endpoint_range {
 public:
  endpoint_range(Iterator begin, Iterator end) : current_(begin), end_(end) {}

  Iterator current() const { return current_; }
  Iterator end() const { return end_; }
  void move_to(Iterator next) { current_ = next; }
  Iterator result(bool connected) const { return connected ? current_ : end_; }

 private:
  Iterator current_;
  Iterator end_;
};

/// The steps of a connect that tries one endpoint after the other, until one accepts, all have
/// failed, or the operation as a whole is cancelled or times out.
///
/// The socket is closed before each attempt, as by Asio's `async_connect` of a range.
template <class State, class Endpoints, class Condition>
class range_steps {
  using endpoint_type = typename State::socket_type::endpoint_type;

 public:
  range_steps(Endpoints endpoints, Condition condition)
      : endpoints_(std::move(endpoints)), condition_(std::move(condition)) {}

  // The condition chooses the first endpoint before the socket is called.
  static constexpr bool prepares = true;

  auto no_result() const { return endpoints_.result(false); }

  connect_attempt<State>& attempt() noexcept { return attempt_; }

  /// Tries the first endpoint.
  template <class Op>
  static void start(Op&& op) {
    range_steps& self = op.steps();
    error_code ec = net::error::operation_aborted;
    // The condition may have cancelled, or destroyed the stream.
    if (self.find_next({}, self.endpoints_.current())) {
      if (const auto step = op.proceed()) return advance(std::forward<Op>(op), *step);
    } else if (op.may_proceed()) {
      ec = net::error::not_found;
    }
    self.has_failed_early_ = true;
    const auto executor = op.state()->executor();
    complete_immediately(executor, std::forward<Op>(op), ec);
  }

  /// Called after an attempt.
  template <class Op>
  void operator()(Op& op, error_code ec) {
    if (attempt_.take_pause()) return try_again(op);
    if (!ec) ec = op.state()->connect_outcome();
    if (!ec || has_failed_early_) return complete(op, ec);
    // The program has closed the socket itself: the same as if it had closed the stream.
    if (ec == net::error::operation_aborted && !op.state()->is_open()) return complete(op, ec);
    if (!op.may_proceed()) return complete(op, net::error::operation_aborted);
    const bool found = find_next(ec, std::next(endpoints_.current()));
    // The condition may have cancelled, or destroyed the stream.
    if (!found) return complete(op, op.may_proceed() ? ec : net::error::operation_aborted);
    const auto step = op.proceed();
    if (!step) return complete(op, net::error::operation_aborted);
    advance(std::move(op), *step);
  }

 private:
  template <class Op>
  static void advance(Op&& op, stream_fsm::op_state step) {
    op.steps().attempt_ = {};
    initiate_step(std::forward<Op>(op), step, [](auto&& next) {
      close_at_once(next.state()->socket());
      try_current(std::move(next));
    });
  }

  template <class Op>
  void try_again(Op& op) {
    const auto step = op.proceed();
    if (!step) return complete(op, net::error::operation_aborted);
    initiate_step(std::move(op), *step, [](auto&& next) { try_current(std::move(next)); });
  }

  template <class Op>
  static void try_current(Op&& op) {
    const endpoint_type endpoint(*op.steps().endpoints_.current());
    connect_attempt<State>::start(std::forward<Op>(op), endpoint);
  }

  template <class Op>
  void complete(Op& op, error_code ec) {
    if (ec && !has_failed_early_) op.state()->reset_connect(ec);
    const error_code& reported = op.finish(ec);
    op.call_handler(reported, endpoints_.result(!reported));
  }

  template <class Iterator>
  bool find_next(error_code ec, Iterator next) {
    next = next_endpoint(condition_, ec, next, endpoints_.end());
    endpoints_.move_to(next);
    return next != endpoints_.end();
  }

  bool has_failed_early_ = false;  // before any attempt
  [[no_unique_address]] connect_attempt<State> attempt_;
  Endpoints endpoints_;
  [[no_unique_address]] Condition condition_;
};

/// Starts a connect to one of several endpoints.
template <class State, class Handler, class Endpoints, class Condition>
void run_range_connect(const std::shared_ptr<State>& state, Handler&& handler, Endpoints endpoints,
                       Condition condition) {
  range_steps<State, Endpoints, Condition> steps(std::move(endpoints), std::move(condition));
  const auto no_result = steps.no_result();
  run_timed<direction::both>(
      state, std::forward<Handler>(handler), std::move(steps),
      [](auto&& op) { std::decay_t<decltype(op.steps())>::start(std::move(op)); }, no_result);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_OPERATION_RANGE_CONNECT_H
