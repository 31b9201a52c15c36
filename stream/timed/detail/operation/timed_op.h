// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_TIMED_OP_H
#define TIMED_DETAIL_OPERATION_TIMED_OP_H

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/associated_deadline.h"
#include "timed/detail/completed.h"
#include "timed/detail/handler_work.h"
#include "timed/detail/state/stream_fsm.h"
#include "timed/detail/time/handler_call.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// Returns whether two executors are the same; if in doubt, false.
template <class A, class B>
bool same_executor(const A& a, const B& b) {
  const B* const target = target_of<B>(a);
  return target != nullptr && *target == b;
}

/// Keeps an operation outstanding on its stream: from its start until `finish()`, or until this is
/// destroyed, since handlers may be destroyed without being called.
template <class State, direction which>
class operation_guard {
 public:
  operation_guard(std::shared_ptr<State> state, stream_fsm::operation_id id) noexcept
      : state_(std::move(state)), id_(id) {}
  operation_guard(operation_guard&& other) noexcept
      : state_(std::move(other.state_)), id_(other.id_) {}
  // Inlined: most guards that are destroyed have been moved from, and do nothing.
  [[gnu::always_inline]] ~operation_guard() {
    if (state_) [[unlikely]]
      abandon();
  }

  /// Finishes the operation.
  /// @param ec What the operation's last step reported.
  /// @return Whether the operation has to report a timeout.
  bool finish(const error_code& ec) {
    assert(state_ && "an operation finishes once");
    const std::shared_ptr<State> state = std::move(state_);
    return state->finish(which, id_, ec);
  }

  const std::shared_ptr<State>& state() const noexcept { return state_; }
  stream_fsm::operation_id id() const noexcept { return id_; }

 private:
  [[gnu::noinline]] void abandon() noexcept {
    state_->abandon(which, id_);
    state_.~shared_ptr();
  }

  union {
    std::shared_ptr<State> state_;  // destroyed only if it is not null
  };
  stream_fsm::operation_id id_;
};

/// The function in the user's cancellation slot. It cancels through the stream, so that the
/// operation can no longer time out; the stream cancels the socket's operation.
template <class State>
class op_cancellation {
 public:
  op_cancellation(const std::shared_ptr<State>& state, direction which, stream_fsm::operation_id id)
      : state_(state), id_(id), which_(which) {}

  void operator()(net::cancellation_type_t type) {
    const auto state = state_.lock();
    if (state) state->cancel_one(which_, id_, type);
  }

 private:
  std::weak_ptr<State> state_;
  stream_fsm::operation_id id_;
  direction which_;
};

/// The scope in which a step of an operation is initiated. The operation may complete meanwhile on
/// another thread, and its handler may destroy the stream.
template <class State, direction which>
class step_scope {
 public:
  /// @param state Null if no step is initiated.
  step_scope(State* state, stream_fsm::op_state initiating) noexcept
      : state_(state), initiating_(initiating) {}
  step_scope(const step_scope&) = delete;
  [[gnu::always_inline]] ~step_scope() {
    if (state_ != nullptr) state_->initiated(which, initiating_);
  }

  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  State* const state_;
  stream_fsm::op_state initiating_;
};

/// An operation of a stream: the completion handler of each of its steps, which are operations of
/// the socket. Like the `self` of `net::async_compose`, it calls its implementation:
///
///     implementation(self, args...)         // once, to initiate the first step
///     implementation(self, ec, results...)  // when a step has completed
///
/// The implementation initiates a step with `std::move(self)` as its handler, or completes the
/// operation with `self.complete(ec, results...)`. Before each step but the first it asks
/// `self.begin_step()`. What is needed by the first step only, such as the buffers, is passed to it
/// as `args`, so that it is not stored. If the operation cannot start, it reports the
/// implementation's `no_result()`, if there is one.
///
/// It always runs on the stream's executor. So a timed operation finishes when the socket's
/// operation does, however busy the executor of the user's handler is. If that is the stream's too,
/// which is the usual case, the user's handler is called directly, in the same completion.
/// Otherwise it is dispatched to its executor.
///
/// The allocator and the immediate executor associated with the user's handler are used for the
/// socket's operations.
template <class State, direction which, class Handler, class Implementation>
class timed_op {
 public:
  /// The cancellation slot is the stream's, which uses it at any time; the socket must not clear
  /// it.
  using has_lasting_slot = void;

  /// An operation that the stream has started.
  template <class H>
  timed_op(const std::shared_ptr<State>& state, stream_fsm::operation_id id, H&& handler,
           Implementation&& implementation)
      : guard_(state, id),
        slot_(state->slot_for(which, cancel_by_slot_of(handler))),
        handler_(std::forward<H>(handler)),
        work_(handler_, state->executor(),
              [&](const auto& own) { return same_executor(own, state->executor()); }),
        implementation_(std::move(implementation)) {}

  template <class... Results>
  void operator()(error_code ec, Results... results) {
    const handler_call here;
    implementation_(*this, ec, std::move(results)...);
  }

  /// Initiates the first step.
  template <class... Args>
  [[gnu::always_inline]] void start(const Args&... args) {
    implementation_(*this, args...);
  }

  /// Returns whether the operation may initiate another step: it was not cancelled, and has not
  /// timed out.
  bool may_proceed() const { return state()->may_proceed(which, guard_.id()); }

  /// Begins the initiation of another step.
  /// @return The scope for it; false if the operation has to complete instead.
  step_scope<State, which> begin_step() const {
    const auto step = state()->proceed(which, guard_.id());
    return step ? step_scope<State, which>(state().get(), *step)
                : step_scope<State, which>(nullptr, {});
  }

  /// Completes the operation.
  /// @param ec What the last step reported. If the operation has timed out, it reports that
  ///     instead.
  template <class... Results>
  [[gnu::always_inline]] void complete(error_code ec, Results... results) {
    if (guard_.finish(ec)) [[unlikely]]
      ec = error::timeout;
    work_.complete(handler_, ec, std::move(results)...);
  }

  /// The same, if the other result depends on what the operation reports.
  /// @param result_of Called with the error code that the operation reports.
  template <class ResultOf>
  void complete_with(error_code ec, ResultOf result_of) {
    if (guard_.finish(ec)) ec = error::timeout;
    work_.complete(handler_, ec, result_of(ec));
  }

  const std::shared_ptr<State>& state() const noexcept { return guard_.state(); }
  const Handler& handler() const noexcept { return handler_; }
  net::cancellation_slot slot() const noexcept { return slot_; }

  friend bool asio_handler_is_continuation(timed_op* op) {
    using net::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(op->handler_));
  }

 private:
  // Has the operation cancelled by the slot of the user's handler; returns whether there is one.
  bool cancel_by_slot_of(const Handler& handler) const {
    auto slot = net::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return false;
    slot.template emplace<op_cancellation<State>>(state(), which, guard_.id());
    return true;
  }

  operation_guard<State, which> guard_;
  net::cancellation_slot slot_;  // of the socket's operations
  Handler handler_;
  [[no_unique_address]] handler_work<Handler, typename State::executor_type, true> work_;
  [[no_unique_address]] Implementation implementation_;
};

/// Completes an operation that could not start, with the reason as its error.
template <class State, class Handler, class Implementation>
[[gnu::noinline]] void complete_not_started(const State& state, typename State::start_result why,
                                            Handler handler, const Implementation& implementation) {
  const auto ec = why == State::start_result::timed_out ? error_code(error::timeout)
                                                        : error_code(net::error::already_started);
  const auto executor = state.executor();
  if constexpr (requires { implementation.no_result(); }) {
    complete_immediately(executor, std::move(handler), ec, implementation.no_result());
  } else {
    complete_immediately(executor, std::move(handler), ec);
  }
}

/// Starts an operation of the stream that `shared` belongs to.
///
/// @tparam first Whether the implementation is called to initiate the first step. With
///     `phase::waiting`, it does something before that, and asks `begin_step()` for the first step
///     too.
/// @param args What the implementation is called with.
template <direction which, stream_fsm::phase first = stream_fsm::phase::initiating, class State,
          class Handler, class Implementation, class... Args>
void start_timed(const std::shared_ptr<State>& shared, Handler&& handler,
                 Implementation implementation, const Args&... args) {
  using start_result = typename State::start_result;
  using handler_type = std::decay_t<Handler>;
  State& state = *shared;
  state.assert_not_ending();
  stream_fsm::op_state started;
  const start_result result =
      state.template try_start<which>(get_associated_deadline(handler), first, started);
  if (result >= start_result::already_started) [[unlikely]] {
    return complete_not_started(state, result, handler_type(std::forward<Handler>(handler)),
                                implementation);
  }
  const step_scope<State, which> step(first == stream_fsm::phase::initiating ? &state : nullptr,
                                      started);
  timed_op<State, which, handler_type, Implementation>(
      shared, started.id(), std::forward<Handler>(handler), std::move(implementation))
      .start(args...);
}

}  // namespace timed::detail

template <template <class, class> class Associator, class State, timed::direction which,
          class Handler, class Implementation, class Default>
struct boost::asio::associator<
    Associator, timed::detail::timed_op<State, which, Handler, Implementation>, Default>
    : Associator<Handler, Default> {
  static auto get(
      const timed::detail::timed_op<State, which, Handler, Implementation>& op) noexcept {
    return Associator<Handler, Default>::get(op.handler());
  }

  static auto get(const timed::detail::timed_op<State, which, Handler, Implementation>& op,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(op.handler(), fallback)) {
    return Associator<Handler, Default>::get(op.handler(), fallback);
  }
};

// No associated executor: the socket's operation completes on the stream's. Empty, as Asio's
// primary template is, by which Asio recognises that there is none.
template <class State, timed::direction which, class Handler, class Implementation, class Default>
struct boost::asio::associator<boost::asio::associated_executor,
                               timed::detail::timed_op<State, which, Handler, Implementation>,
                               Default> {};

template <class State, timed::direction which, class Handler, class Implementation, class Default>
struct boost::asio::associator<boost::asio::associated_cancellation_slot,
                               timed::detail::timed_op<State, which, Handler, Implementation>,
                               Default> {
  using type = boost::asio::cancellation_slot;

  static type get(
      const timed::detail::timed_op<State, which, Handler, Implementation>& op) noexcept {
    return op.slot();
  }
  static type get(const timed::detail::timed_op<State, which, Handler, Implementation>& op,
                  const Default&) noexcept {
    return op.slot();
  }
};

#endif  // TIMED_DETAIL_OPERATION_TIMED_OP_H
