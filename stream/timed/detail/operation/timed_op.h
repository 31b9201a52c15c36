// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_OPERATION_TIMED_OP_H
#define TIMED_DETAIL_OPERATION_TIMED_OP_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/associated_deadline.h"
#include "timed/detail/always_inline.h"
#include "timed/detail/completed.h"
#include "timed/detail/state/start_result.h"
#include "timed/detail/state/stream_fsm.h"
#include "timed/detail/time/handler_call.h"
#include "timed/detail/working_executor.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// Returns whether two executors are the same; if in doubt, false.
template <class A, class B>
bool same_executor(const A& a, const B& b) {
  if constexpr (std::is_same_v<A, B>) {
    return a == b;
  } else if constexpr (std::is_same_v<A, net::any_io_executor>) {
    const B* const target = a.template target<B>();
    return target != nullptr && *target == b;
  } else {
    return false;
  }
}

/// Keeps an operation outstanding on its stream: from its start until `finish()`, or until this is
/// destroyed, since handlers may be destroyed without being called.
template <class State, direction which>
class operation_guard {
 public:
  operation_guard(const std::shared_ptr<State>& state, stream_fsm::operation_id id) noexcept
      : state_(state), id_(id) {}
  operation_guard(operation_guard&& other) noexcept
      : state_(std::move(other.state_)), id_(other.id_) {}
  // Inlined: most guards that are destroyed have been moved from, and do nothing.
  TIMED_ALWAYS_INLINE ~operation_guard() {
    if (state_) [[unlikely]]
      abandon();
  }

  /// Finishes the operation.
  /// @param ec What the operation's last step reported.
  /// @return What the operation reports: `ec`, or a static error code (aborted, or a timeout).
  TIMED_ALWAYS_INLINE const error_code& finish(const error_code& ec) {
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

/// A handler with its results, dispatched to an executor other than the stream's. Clears the
/// handler's cancellation slot on that executor, which may use the slot until then.
template <class Handler, class... Results>
class completed_elsewhere : public completed<Handler, Results...> {
 public:
  using completed<Handler, Results...>::completed;

  void operator()() {
    if (auto slot = net::get_associated_cancellation_slot(this->handler()); slot.is_connected()) {
      slot.clear();
    }
    completed<Handler, Results...>::operator()();
  }
};

/// The executor of the user's handler, if it is not the stream's, and outstanding work for it.
template <class Handler, class Executor>
class handler_work {
  using handler_executor = net::associated_executor_t<Handler, Executor>;

 public:
  template <class State>
  handler_work(const Handler& handler, const State& state) {
    const Executor& executor = state.executor();
    const auto& own = net::get_associated_executor(handler, executor);
    if (!same_executor(own, executor)) elsewhere_.emplace(own);
  }

  bool is_elsewhere() const noexcept { return elsewhere_.has_value(); }

  template <class... Results>
  void complete(Handler&& handler, Results&&... results) {
    if (!elsewhere_) {
      std::move(handler)(std::forward<Results>(results)...);
    } else {
      net::dispatch(elsewhere_->get_executor(),
                    completed_elsewhere<Handler, std::decay_t<Results>...>(
                        std::move(handler), std::forward<Results>(results)...));
    }
  }

 private:
  std::optional<working_executor<handler_executor>> elsewhere_;
};

/// A handler without an associated executor runs on the stream's, so nothing is kept.
template <class Handler, class Executor>
  requires requires {
    typename net::associated_executor<Handler, Executor>::asio_associated_executor_is_unspecialised;
  }
class handler_work<Handler, Executor> {
 public:
  template <class State>
  handler_work(const Handler&, const State&) {}

  static constexpr bool is_elsewhere() noexcept { return false; }

  template <class... Results>
  void complete(Handler&& handler, Results&&... results) {
    std::move(handler)(std::forward<Results>(results)...);
  }
};

/// The completion handler of the socket's operation, around the user's.
///
/// It runs on the stream's executor or, where the socket's operation completes immediately, on the
/// immediate executor of the user's handler. So a timed operation finishes when the socket's
/// operation does, however busy the executor of the user's handler is. If that is the stream's too,
/// which is the usual case, the user's handler is called directly, in the same completion.
/// Otherwise it is dispatched to its executor.
///
/// The allocator and the immediate executor associated with the user's handler are used for the
/// socket's operation.
///
/// @tparam Steps The steps of the operation: `steps(op, ec, results...)` is called when a step has
///     completed, and either initiates the next one, or calls `op.complete`.
template <class State, direction which, class Handler, class Steps>
class timed_op {
  using executor_type = typename State::executor_type;

 public:
  /// The cancellation slot belongs to the stream: sockets of our io_uring event loop, which look
  /// for this name, do not clear it.
  using has_lasting_slot = void;

  timed_op(operation_guard<State, which> guard, net::cancellation_slot slot, Handler handler,
           Steps steps)
      : guard_(std::move(guard)),
        slot_(slot),
        handler_(std::move(handler)),
        work_(handler_, *guard_.state()),
        steps_(std::move(steps)) {}

  template <class... Results>
  TIMED_ALWAYS_INLINE void operator()(const error_code& ec, Results... results) {
    const handler_call here;
    steps_(*this, ec, std::move(results)...);
  }

  /// Completes the operation.
  /// @param ec What the last step reported.
  template <class... Results>
  TIMED_ALWAYS_INLINE void complete(const error_code& ec, Results... results) {
    call_handler(finish(ec), std::move(results)...);
  }

  /// The first half of `complete()`. Afterwards, no operation is outstanding in this direction of
  /// the stream.
  /// @param ec What the last step reported.
  /// @return What the operation reports: `ec`, or a static error code.
  TIMED_ALWAYS_INLINE const error_code& finish(const error_code& ec) {
    const error_code& reported = guard_.finish(ec);
    if (slot_.is_connected() && !work_.is_elsewhere()) [[unlikely]]
      net::get_associated_cancellation_slot(handler_).clear();
    return reported;
  }

  /// The second half: calls the user's handler, or dispatches it.
  template <class... Results>
  TIMED_ALWAYS_INLINE void call_handler(const error_code& ec, Results... results) {
    work_.complete(std::move(handler_), ec, std::move(results)...);
  }

  /// Returns whether the operation may initiate another step: it was not cancelled, and has not
  /// timed out.
  bool may_proceed() const { return state()->may_proceed(which, guard_.id()); }

  /// Lets the operation initiate another step, by `initiate_step()`.
  /// @return The operation's state in that step; nothing if it has to complete instead.
  std::optional<stream_fsm::op_state> proceed() const {
    return state()->proceed(which, guard_.id());
  }

  const std::shared_ptr<State>& state() const noexcept { return guard_.state(); }
  stream_fsm::operation_id id() const noexcept { return guard_.id(); }
  Steps& steps() noexcept { return steps_; }
  const Handler& handler() const noexcept { return handler_; }
  net::cancellation_slot slot() const noexcept { return slot_; }

  friend bool asio_handler_is_continuation(timed_op* op) {
    using net::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(op->handler_));
  }

 private:
  operation_guard<State, which> guard_;
  net::cancellation_slot slot_;  // of the socket's operation
  Handler handler_;
  [[no_unique_address]] handler_work<Handler, executor_type> work_;
  [[no_unique_address]] Steps steps_;
};

/// The steps of an operation that completes with the socket's operation.
struct single_step {
  template <class Op, class... Results>
  TIMED_ALWAYS_INLINE void operator()(Op& op, const error_code& ec, Results... results) const {
    op.complete(ec, std::move(results)...);
  }
};

/// The scope in which a step of an operation is initiated. The operation may complete meanwhile, on
/// this thread or another, and its handler may destroy the stream.
template <class State, direction which>
class initiation_scope {
 public:
  initiation_scope(State& state, stream_fsm::op_state initiating) noexcept
      : state_(state), initiating_(initiating) {}
  initiation_scope(const initiation_scope&) = delete;
  TIMED_ALWAYS_INLINE ~initiation_scope() { state_.initiated(which, initiating_); }

 private:
  State& state_;
  stream_fsm::op_state initiating_;
};

/// Initiates a further step of an operation.
/// @param step What `proceed()` has returned.
/// @param start Called with the operation.
template <class State, direction which, class Handler, class Steps, class Start>
void initiate_step(timed_op<State, which, Handler, Steps>&& op, stream_fsm::op_state step,
                   Start start) {
  const initiation_scope<State, which> scope(*op.state(), step);
  start(std::move(op));
}

/// Completes an operation that could not start, with the reason as its error.
template <class State, class Handler, class... NoResults>
[[gnu::noinline]] void complete_not_started(const State& state, start_result why, Handler handler,
                                            NoResults... no_results) {
  const auto ec = why == start_result::timed_out ? error_code(error::timeout)
                                                 : error_code(net::error::already_started);
  const auto executor = state.executor();
  complete_immediately(executor, std::move(handler), ec, no_results...);
}

/// Makes the handler of an operation that has started.
template <direction which, class Steps, class State, class Handler>
auto make_timed_op(const std::shared_ptr<State>& state, stream_fsm::operation_id id,
                   Handler&& handler, Steps steps) {
  using handler_type = std::decay_t<Handler>;
  operation_guard<State, which> guard(state, id);
  bool cancellable = false;
  if (auto slot = net::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.template emplace<op_cancellation<State>>(state, which, id);
    cancellable = true;
  }
  return timed_op<State, which, handler_type, Steps>(
      std::move(guard), state->slot_for(which, cancellable),
      handler_type(std::forward<Handler>(handler)), std::move(steps));
}

/// Starts an operation of the stream that `shared` belongs to.
///
/// @tparam Steps With a member `Steps::prepares`, the operation does something before its first
///     step. `start` then initiates that step itself, by `initiate_step()`.
/// @param start Called with the `timed_op`; initiates its first step.
/// @param no_results What `handler` gets after the error code if the operation cannot start.
template <direction which, class State, class Handler, class Steps, class Start, class... NoResults>
void run_timed(const std::shared_ptr<State>& shared, Handler&& handler, Steps steps, Start start,
               NoResults... no_results) {
  using phase = stream_fsm::phase;
  constexpr bool prepares = requires { Steps::prepares; };
  State& state = *shared;
  state.assert_not_ending();
  stream_fsm::op_state started;
  const start_result result = state.template try_start<which>(
      get_associated_deadline(handler), prepares ? phase::waiting : phase::initiating, started);
  if (result >= start_result::already_started) [[unlikely]] {
    return complete_not_started(
        state, result, std::decay_t<Handler>(std::forward<Handler>(handler)), no_results...);
  }
  if constexpr (prepares) {
    start(make_timed_op<which>(shared, started.id(), std::forward<Handler>(handler),
                               std::move(steps)));
  } else {
    const initiation_scope<State, which> scope(state, started);
    start(make_timed_op<which>(shared, started.id(), std::forward<Handler>(handler),
                               std::move(steps)));
  }
}

}  // namespace timed::detail

template <template <class, class> class Associator, class State, timed::direction which,
          class Handler, class Steps, class Default>
struct boost::asio::associator<Associator, timed::detail::timed_op<State, which, Handler, Steps>,
                               Default> : Associator<Handler, Default> {
  static auto get(const timed::detail::timed_op<State, which, Handler, Steps>& op) noexcept {
    return Associator<Handler, Default>::get(op.handler());
  }

  static auto get(const timed::detail::timed_op<State, which, Handler, Steps>& op,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(op.handler(), fallback)) {
    return Associator<Handler, Default>::get(op.handler(), fallback);
  }
};

template <template <class, class> class Associator, class Handler, class... Results, class Default>
struct boost::asio::associator<Associator, timed::detail::completed_elsewhere<Handler, Results...>,
                               Default>
    : associator<Associator, timed::detail::completed<Handler, Results...>, Default> {};

// No associated executor: the socket's operation completes on the stream's. Empty, like the primary
// template of `net::associator`: Asio takes one without a member `type` to mean that there is none.
template <class State, timed::direction which, class Handler, class Steps, class Default>
struct boost::asio::associator<boost::asio::associated_executor,
                               timed::detail::timed_op<State, which, Handler, Steps>, Default> {};

template <class State, timed::direction which, class Handler, class Steps, class Default>
struct boost::asio::associator<boost::asio::associated_cancellation_slot,
                               timed::detail::timed_op<State, which, Handler, Steps>, Default> {
  using type = boost::asio::cancellation_slot;

  static type get(const timed::detail::timed_op<State, which, Handler, Steps>& op) noexcept {
    return op.slot();
  }
  static type get(const timed::detail::timed_op<State, which, Handler, Steps>& op,
                  const Default&) noexcept {
    return op.slot();
  }
};

#endif  // TIMED_DETAIL_OPERATION_TIMED_OP_H
