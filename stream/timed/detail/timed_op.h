// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIMED_OP_H
#define TIMED_DETAIL_TIMED_OP_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associated_immediate_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "timed/associated_deadline.h"
#include "timed/detail/stream_fsm.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

/// A handler with what it is to be called with. Unlike `net::append` it is no completion token, so
/// handlers that are tokens of their own kind, such as std::packaged_task, stay what they are.
template <class Handler, class... Results>
class completed {
 public:
  completed(Handler handler, Results... results)
      : handler_(std::move(handler)), results_(std::move(results)...) {}

  void operator()() { std::apply(std::move(handler_), std::move(results_)); }

  const Handler& handler() const noexcept { return handler_; }

 private:
  Handler handler_;
  std::tuple<Results...> results_;
};

/// Completes an operation that need not or may not start: through the handler's immediate executor
/// if it has one, else as if by post; so never within the initiating function.
template <class Executor, class Handler, class... Results>
void complete_immediately(const Executor& executor, Handler handler, Results... results) {
  const auto immediate = net::get_associated_immediate_executor(handler, executor);
  net::dispatch(immediate, completed<Handler, Results...>(std::move(handler), results...));
}

/// @return Whether what runs on one executor runs on the other; if in doubt, false.
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

/// An operation's place in its stream: it occupies its directions from the stream's consent until
/// `finish()`, or until it is destroyed, since handlers may be destroyed without being called.
template <class State>
class occupation {
 public:
  occupation(std::shared_ptr<State> state, direction which, stream_fsm::ticket owner) noexcept
      : state_(std::move(state)), owner_(owner), which_(which) {}
  occupation(occupation&& other) noexcept = default;
  ~occupation() {
    if (state_) state_->abandon(which_, owner_);
  }

  /// @param aborted Whether the operation's last step reported operation_aborted.
  /// @return Whether the operation has to report a timeout.
  bool finish(bool aborted) {
    return std::exchange(state_, nullptr)->finish(which_, owner_, aborted);
  }

  const std::shared_ptr<State>& state() const noexcept { return state_; }
  stream_fsm::ticket owner() const noexcept { return owner_; }
  direction which() const noexcept { return which_; }

 private:
  std::shared_ptr<State> state_;
  stream_fsm::ticket owner_;
  direction which_;
};

/// What the user's cancellation slot calls: the stream, so that a deadline cannot claim the
/// operation any more, and which passes it on to the socket's operation.
template <class State>
class op_cancellation {
 public:
  op_cancellation(const std::shared_ptr<State>& state, direction which, stream_fsm::ticket owner)
      : state_(state), owner_(owner), which_(which) {}

  void operator()(net::cancellation_type_t type) {
    const auto state = state_.lock();
    if (state) state->cancel_one(which_, owner_, type);
  }

 private:
  std::weak_ptr<State> state_;
  stream_fsm::ticket owner_;
  direction which_;
};

/// Where the handler is to run, if not on the stream's executor; with work counted for it.
template <class Handler, class Executor>
class handler_work {
  using handler_executor = net::associated_executor_t<Handler, Executor>;

 public:
  handler_work(const Handler& handler, const Executor& executor) {
    const handler_executor own = net::get_associated_executor(handler, executor);
    if (!same_executor(own, executor)) elsewhere_.emplace(own);
  }

  template <class... Results>
  void complete(Handler&& handler, Results&&... results) {
    if (!elsewhere_) {
      std::move(handler)(std::forward<Results>(results)...);
    } else {
      net::dispatch(elsewhere_->get_executor(),
                    completed<Handler, std::decay_t<Results>...>(
                        std::move(handler), std::forward<Results>(results)...));
    }
  }

 private:
  std::optional<net::executor_work_guard<handler_executor>> elsewhere_;
};

template <class Handler, class Executor>
requires requires {
  typename net::associated_executor<Handler, Executor>::asio_associated_executor_is_unspecialised;
}
class handler_work<Handler, Executor> {
 public:
  handler_work(const Handler&, const Executor&) {}

  template <class... Results>
  void complete(Handler&& handler, Results&&... results) {
    std::move(handler)(std::forward<Results>(results)...);
  }
};

/// The completion handler that a timed operation hands to the socket's operation, around the
/// user's.
///
/// It runs on the stream's executor, wherever the user's handler runs, so the operation is over
/// when it is over, not when somebody else's executor gets round to it. If the user's handler runs
/// on the stream's executor too, which is the usual case, it is called right away: there is one
/// completion, and it is the socket's. Otherwise it is dispatched to its own.
///
/// What else is associated with the user's handler (allocator, immediate executor) holds for the
/// socket's operation.
///
/// @tparam Steps What the operation consists of: `steps(op, ec, results...)` is called when a step
///     has completed, and either initiates the next one, or calls `op.complete`.
template <class State, class Handler, class Steps>
class timed_op {
  using executor_type = typename State::executor_type;

 public:
  timed_op(occupation<State> occupied, net::cancellation_slot slot, Handler handler, Steps steps)
      : occupied_(std::move(occupied)),
        slot_(slot),
        handler_(std::move(handler)),
        work_(handler_, occupied_.state()->socket().get_executor()),
        steps_(std::move(steps)) {}

  template <class... Results>
  void operator()(error_code ec, Results... results) {
    steps_(*this, ec, std::move(results)...);
  }

  /// The operation is over.
  template <class... Results>
  void complete(error_code ec, Results... results) {
    ec = finish(ec);
    call_handler(ec, std::move(results)...);
  }

  /// The first half of `complete()`.
  /// @param ec What the last step reported.
  /// @return What the operation reports.
  error_code finish(error_code ec) {
    if (occupied_.finish(ec == net::error::operation_aborted)) ec = error::timeout;
    if (slot_.is_connected()) net::get_associated_cancellation_slot(handler_).clear();
    return ec;
  }

  /// The second half.
  template <class... Results>
  void call_handler(error_code ec, Results... results) {
    work_.complete(std::move(handler_), ec, std::move(results)...);
  }

  /// Another step is to be initiated.
  /// @return The number of the step; or nothing if the operation is to complete at once.
  std::optional<unsigned> proceed() const {
    return state()->proceed(occupied_.which(), occupied_.owner());
  }

  const std::shared_ptr<State>& state() const noexcept { return occupied_.state(); }
  const occupation<State>& place() const noexcept { return occupied_; }
  Steps& steps() noexcept { return steps_; }
  const Handler& handler() const noexcept { return handler_; }
  net::cancellation_slot slot() const noexcept { return slot_; }

  friend bool asio_handler_is_continuation(timed_op* op) {
    using net::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(op->handler_));
  }

 private:
  occupation<State> occupied_;
  net::cancellation_slot slot_;  // of the socket's operation
  Handler handler_;
  [[no_unique_address]] handler_work<Handler, executor_type> work_;
  [[no_unique_address]] Steps steps_;
};

/// An operation that is over when the socket's operation is.
struct single_step {
  template <class Op, class... Results>
  void operator()(Op& op, error_code ec, Results... results) const {
    op.complete(ec, std::move(results)...);
  }
};

/// Initiates a further step of an operation, to which `proceed()` has consented.
/// @param start Called with the operation.
template <class Op, class Start>
void initiate_step(Op&& op, unsigned step, Start start) {
  const auto state = op.state();
  const auto owner = op.place().owner();
  const direction which = op.place().which();
  start(std::forward<Op>(op));
  state->initiated(which, owner, step);
}

/// Runs one operation of the stream that `shared` belongs to.
///
/// @param start Called with the `timed_op`; initiates its first step.
/// @param no_results What `handler` gets after the error code if the operation cannot start.
template <class State, class Handler, class Steps, class Start, class... NoResults>
void run_timed(const std::shared_ptr<State>& shared, direction which, Handler&& handler,
               Steps steps, Start start, NoResults... no_results) {
  using handler_type = std::decay_t<Handler>;
  // The operation may complete, and its handler destroy the stream, while this is still at work.
  const std::shared_ptr<State> state = shared;
  const auto admission = State::admit(state, which, get_associated_deadline(handler));
  if (admission.ec) {
    complete_immediately(state->socket().get_executor(),
                         handler_type(std::forward<Handler>(handler)), admission.ec, no_results...);
    return;
  }
  occupation<State> occupied(state, which, admission.owner);
  bool cancellable = false;
  if (auto slot = net::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.template emplace<op_cancellation<State>>(state, which, admission.owner);
    cancellable = true;
  }
  start(timed_op<State, handler_type, Steps>(
      std::move(occupied), state->slot_for(which, cancellable),
      handler_type(std::forward<Handler>(handler)), std::move(steps)));
  state->initiated(which, admission.owner);
}

}  // namespace timed::detail

template <template <class, class> class Associator, class Handler, class... Results, class Default>
struct boost::asio::associator<Associator, timed::detail::completed<Handler, Results...>, Default>
    : Associator<Handler, Default> {
  static auto get(const timed::detail::completed<Handler, Results...>& bound) noexcept {
    return Associator<Handler, Default>::get(bound.handler());
  }

  static auto get(const timed::detail::completed<Handler, Results...>& bound,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(bound.handler(), fallback)) {
    return Associator<Handler, Default>::get(bound.handler(), fallback);
  }
};

template <template <class, class> class Associator, class State, class Handler, class Steps,
          class Default>
struct boost::asio::associator<Associator, timed::detail::timed_op<State, Handler, Steps>, Default>
    : Associator<Handler, Default> {
  static auto get(const timed::detail::timed_op<State, Handler, Steps>& op) noexcept {
    return Associator<Handler, Default>::get(op.handler());
  }

  static auto get(const timed::detail::timed_op<State, Handler, Steps>& op,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(op.handler(), fallback)) {
    return Associator<Handler, Default>::get(op.handler(), fallback);
  }
};

// No associated executor: the socket's operation completes on its own, the stream's. Empty, as
// Asio's primary template is, by which Asio sees that there is none.
template <class State, class Handler, class Steps, class Default>
struct boost::asio::associator<boost::asio::associated_executor,
                               timed::detail::timed_op<State, Handler, Steps>, Default> {};

template <class State, class Handler, class Steps, class Default>
struct boost::asio::associator<boost::asio::associated_cancellation_slot,
                               timed::detail::timed_op<State, Handler, Steps>, Default> {
  using type = boost::asio::cancellation_slot;

  static type get(const timed::detail::timed_op<State, Handler, Steps>& op) noexcept {
    return op.slot();
  }
  static type get(const timed::detail::timed_op<State, Handler, Steps>& op,
                  const Default&) noexcept {
    return op.slot();
  }
};

#endif  // TIMED_DETAIL_TIMED_OP_H
