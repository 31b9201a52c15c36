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
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "timed/detail/stream_state.h"

namespace timed::detail {

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
template <class Socket>
class occupation {
 public:
  occupation(std::shared_ptr<stream_state<Socket>> state, directions which,
             stream_fsm::ticket owner) noexcept
      : state_(std::move(state)), which_(which), owner_(owner) {}
  occupation(occupation&& other) noexcept = default;
  ~occupation() {
    if (state_) state_->abandon(which_, owner_);
  }

  /// @return Whether the operation has to report a timeout.
  bool finish() { return std::exchange(state_, nullptr)->finish(which_, owner_); }

  stream_state<Socket>& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<stream_state<Socket>> state_;
  directions which_;
  stream_fsm::ticket owner_;
};

/// What the user's cancellation slot calls: first the stream hears that the program cancels the
/// operation, so that a deadline cannot claim it any more, then the socket's operation does.
template <class Socket>
class op_cancellation {
 public:
  op_cancellation(const std::shared_ptr<stream_state<Socket>>& state, directions which,
                  stream_fsm::ticket owner)
      : state_(state), which_(which), owner_(owner) {}

  void operator()(net::cancellation_type_t type) {
    const auto state = state_.lock();
    if (!state) return;  // the handler was destroyed, and its stream too
    if (type != net::cancellation_type::none) state->cancel_one(which_, owner_);
    to_socket_.emit(type);
  }

  net::cancellation_slot slot() { return to_socket_.slot(); }

 private:
  std::weak_ptr<stream_state<Socket>> state_;
  directions which_;
  stream_fsm::ticket owner_;
  net::cancellation_signal to_socket_;
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
template <class Socket, class Handler>
class timed_op {
  using executor_type = typename Socket::executor_type;
  using handler_executor = net::associated_executor_t<Handler, executor_type>;

 public:
  timed_op(occupation<Socket> occupied, net::cancellation_slot slot, Handler handler)
      : occupied_(std::move(occupied)), slot_(slot), handler_(std::move(handler)) {
    const executor_type executor = occupied_.state().socket().get_executor();
    const handler_executor own = net::get_associated_executor(handler_, executor);
    if (!same_executor(own, executor)) elsewhere_.emplace(own);
  }

  template <class... Results>
  void operator()(error_code ec, Results... results) {
    if (occupied_.finish()) ec = error::timeout;
    if (slot_.is_connected()) net::get_associated_cancellation_slot(handler_).clear();
    if (!elsewhere_) {
      std::move(handler_)(ec, results...);
    } else {
      net::dispatch(elsewhere_->get_executor(), completed<Handler, error_code, Results...>(
                                                    std::move(handler_), ec, results...));
    }
  }

  const Handler& handler() const noexcept { return handler_; }
  net::cancellation_slot slot() const noexcept { return slot_; }

  friend bool asio_handler_is_continuation(timed_op* op) {
    using net::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(op->handler_));
  }

 private:
  occupation<Socket> occupied_;
  net::cancellation_slot slot_;  // of the socket's operation
  Handler handler_;
  std::optional<net::executor_work_guard<handler_executor>> elsewhere_;
};

/// Runs one operation of the stream that `shared` belongs to.
///
/// @param start Called with the handler for the socket's operation; initiates it.
/// @param no_results What `handler` gets after the error code if the operation cannot start.
template <class Socket, class Handler, class Start, class... NoResults>
void run_timed(const std::shared_ptr<stream_state<Socket>>& shared, directions which,
               Handler&& handler, Start start, NoResults... no_results) {
  using handler_type = std::decay_t<Handler>;
  // The operation may complete, and its handler destroy the stream, while this is still at work.
  const std::shared_ptr<stream_state<Socket>> state = shared;
  const auto admission = state->admit(which);
  if (admission.ec) {
    complete_immediately(state->socket().get_executor(),
                         handler_type(std::forward<Handler>(handler)), admission.ec, no_results...);
    return;
  }
  occupation<Socket> occupied(state, which, admission.owner);
  net::cancellation_slot to_socket;
  if (auto slot = net::get_associated_cancellation_slot(handler); slot.is_connected()) {
    to_socket =
        slot.template emplace<op_cancellation<Socket>>(state, which, admission.owner).slot();
  }
  start(timed_op<Socket, handler_type>(std::move(occupied), to_socket,
                                       handler_type(std::forward<Handler>(handler))));
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

// No associated executor: the socket's operation completes on its own, the stream's. Empty, as
// Asio's primary template is, by which Asio sees that there is none.
template <class Socket, class Handler, class Default>
struct boost::asio::associator<boost::asio::associated_executor,
                               timed::detail::timed_op<Socket, Handler>, Default> {};

template <class Socket, class Handler, class Default>
struct boost::asio::associator<boost::asio::associated_cancellation_slot,
                               timed::detail::timed_op<Socket, Handler>, Default> {
  using type = boost::asio::cancellation_slot;

  static type get(const timed::detail::timed_op<Socket, Handler>& op) noexcept { return op.slot(); }
  static type get(const timed::detail::timed_op<Socket, Handler>& op, const Default&) noexcept {
    return op.slot();
  }
};

#endif  // TIMED_DETAIL_TIMED_OP_H
