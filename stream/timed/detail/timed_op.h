// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_TIMED_OP_H
#define TIMED_DETAIL_TIMED_OP_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/associated_deadline.h"
#include "timed/detail/completed.h"
#include "timed/detail/handler_call.h"
#include "timed/detail/stream_fsm.h"
#include "timed/detail/working_executor.h"
#include "timed/direction.h"
#include "timed/error.h"

namespace timed::detail {

namespace net = boost::asio;

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
template <class State, direction which>
class occupation {
 public:
  occupation(std::shared_ptr<State> state, stream_fsm::ticket owner) noexcept
      : state_(std::move(state)), owner_(owner) {}
  occupation(occupation&& other) noexcept : state_(std::move(other.state_)), owner_(other.owner_) {}
  // Inlined, as of those that were moved from nothing is left, and there are many of these.
  [[gnu::always_inline]] ~occupation() {
    if (state_) [[unlikely]]
      give_up();
  }

  /// @param ec What the operation's last step reported.
  /// @return Whether the operation has to report a timeout.
  bool finish(const error_code& ec) {
    const std::shared_ptr<State> state = std::move(state_);
    return state->finish(which, owner_, ec);
  }

  const std::shared_ptr<State>& state() const noexcept { return state_; }
  stream_fsm::ticket owner() const noexcept { return owner_; }

 private:
  [[gnu::noinline]] void give_up() noexcept {
    state_->abandon(which, owner_);
    state_.~shared_ptr();
  }

  union {
    std::shared_ptr<State> state_;  // only destroyed if there is something in it
  };
  stream_fsm::ticket owner_;
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

/// A handler with its results on the way to an executor of its own. There, and not before, its
/// cancellation slot is cleared: until then it may be in use there.
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

/// Where the handler is to run, if not on the stream's executor; with work counted for it.
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
template <class State, direction which, class Handler, class Steps>
class timed_op {
  using executor_type = typename State::executor_type;

 public:
  /// Its slot is the stream's, which uses it at any time: not to be cleared by the socket.
  using has_lasting_slot = void;

  timed_op(occupation<State, which> occupied, net::cancellation_slot slot, Handler handler,
           Steps steps)
      : occupied_(std::move(occupied)),
        slot_(slot),
        handler_(std::move(handler)),
        work_(handler_, *occupied_.state()),
        steps_(std::move(steps)) {}

  template <class... Results>
  void operator()(error_code ec, Results... results) {
    const handler_call here;
    steps_(*this, ec, std::move(results)...);
  }

  /// The operation is over.
  /// @param ec As for `finish()`.
  template <class... Results>
  [[gnu::always_inline]] void complete(error_code& ec, Results... results) {
    finish(ec);
    call_handler(ec, std::move(results)...);
  }

  /// The first half of `complete()`.
  /// @param ec What the last step reported; becomes what the operation reports.
  [[gnu::always_inline]] void finish(error_code& ec) {
    if (occupied_.finish(ec)) [[unlikely]]
      ec = error::timeout;
    if (slot_.is_connected() && !work_.is_elsewhere()) [[unlikely]]
      net::get_associated_cancellation_slot(handler_).clear();
  }

  /// The second half.
  template <class... Results>
  [[gnu::always_inline]] void call_handler(const error_code& ec, Results... results) {
    work_.complete(std::move(handler_), ec, std::move(results)...);
  }

  /// @return Whether there is any use in another step: the operation has not been cancelled, nor
  ///     timed out.
  bool may_proceed() const { return state()->may_proceed(which, occupied_.owner()); }

  /// Another step is to be initiated, by `initiate_step()`.
  /// @return The operation in that step; or nothing if it is to complete at once.
  std::optional<stream_fsm::occupant> proceed() const {
    return state()->proceed(which, occupied_.owner());
  }

  const std::shared_ptr<State>& state() const noexcept { return occupied_.state(); }
  stream_fsm::ticket owner() const noexcept { return occupied_.owner(); }
  Steps& steps() noexcept { return steps_; }
  const Handler& handler() const noexcept { return handler_; }
  net::cancellation_slot slot() const noexcept { return slot_; }

  friend bool asio_handler_is_continuation(timed_op* op) {
    using net::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(op->handler_));
  }

 private:
  occupation<State, which> occupied_;
  net::cancellation_slot slot_;  // of the socket's operation
  Handler handler_;
  [[no_unique_address]] handler_work<Handler, executor_type> work_;
  [[no_unique_address]] Steps steps_;
};

/// An operation that is over when the socket's operation is.
struct single_step {
  template <class Op, class... Results>
  [[gnu::always_inline]] void operator()(Op& op, error_code& ec, Results... results) const {
    op.complete(ec, std::move(results)...);
  }
};

/// Lives while a step of an operation is being initiated. The operation may complete in the
/// meantime, on another thread, and its handler destroy the stream.
template <class State, direction which>
class initiation_scope {
 public:
  initiation_scope(State& state, stream_fsm::occupant initiating) noexcept
      : state_(state), initiating_(initiating) {}
  initiation_scope(const initiation_scope&) = delete;
  ~initiation_scope() { state_.initiated(which, initiating_); }

 private:
  State& state_;
  stream_fsm::occupant initiating_;
};

/// Initiates a further step of an operation, to which `proceed()` has consented.
/// @param start Called with the operation.
template <class State, direction which, class Handler, class Steps, class Start>
void initiate_step(timed_op<State, which, Handler, Steps>&& op, stream_fsm::occupant step,
                   Start start) {
  const initiation_scope<State, which> under_way(*op.state(), step);
  start(std::move(op));
}

/// An operation may not start, and completes with that.
template <class State, class Handler, class... NoResults>
[[gnu::noinline]] void complete_refused(const State& state, typename State::admission why,
                                        Handler handler, NoResults... no_results) {
  const auto ec = why == State::admission::timed_out ? error_code(error::timeout)
                                                     : error_code(net::error::already_started);
  const auto executor = state.executor();
  complete_immediately(executor, std::move(handler), ec, no_results...);
}

/// Makes the operation that the stream has admitted.
template <direction which, class Steps, class State, class Handler>
auto admitted_op(const std::shared_ptr<State>& state, stream_fsm::ticket owner, Handler&& handler,
                 Steps steps) {
  using handler_type = std::decay_t<Handler>;
  occupation<State, which> occupied(state, owner);
  bool cancellable = false;
  if (auto slot = net::get_associated_cancellation_slot(handler); slot.is_connected()) {
    slot.template emplace<op_cancellation<State>>(state, which, owner);
    cancellable = true;
  }
  return timed_op<State, which, handler_type, Steps>(
      std::move(occupied), state->slot_for(which, cancellable),
      handler_type(std::forward<Handler>(handler)), std::move(steps));
}

/// Runs one operation of the stream that `shared` belongs to.
///
/// @tparam Steps If there is something to be done before the socket is called for the first time
///     (`Steps::prepares`), `start` calls it by `initiate_step`.
/// @param start Called with the `timed_op`; initiates its first step.
/// @param no_results What `handler` gets after the error code if the operation cannot start.
template <direction which, class State, class Handler, class Steps, class Start, class... NoResults>
void run_timed(const std::shared_ptr<State>& shared, Handler&& handler, Steps steps, Start start,
               NoResults... no_results) {
  using admission = typename State::admission;
  using phase = stream_fsm::phase;
  constexpr bool prepares = requires { Steps::prepares; };
  State& state = *shared;
  state.assert_not_ending();
  stream_fsm::occupant started;
  const admission given = state.template admit<which>(
      get_associated_deadline(handler), prepares ? phase::waiting : phase::initiating, started);
  if (given >= admission::already_started) [[unlikely]] {
    return complete_refused(state, given, std::decay_t<Handler>(std::forward<Handler>(handler)),
                            no_results...);
  }
  if constexpr (prepares) {
    start(admitted_op<which>(shared, started.owner(), std::forward<Handler>(handler),
                             std::move(steps)));
  } else {
    const initiation_scope<State, which> under_way(state, started);
    start(admitted_op<which>(shared, started.owner(), std::forward<Handler>(handler),
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

// No associated executor: the socket's operation completes on its own, the stream's. Empty, as
// Asio's primary template is, by which Asio sees that there is none.
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

#endif  // TIMED_DETAIL_TIMED_OP_H
