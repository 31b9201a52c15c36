// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_HANDLER_WORK_H
#define TIMED_DETAIL_HANDLER_WORK_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "timed/detail/completed.h"
#include "timed/detail/working_executor.h"

namespace timed::detail {

namespace net = boost::asio;

/// Returns the executor of type `Target` that `executor` is or holds; null if it is another one.
template <class Target, class Executor>
const Target* target_of(const Executor& executor) noexcept {
  if constexpr (std::is_same_v<Executor, Target>) {
    return &executor;
  } else if constexpr (std::is_same_v<Executor, net::any_io_executor>) {
    return executor.template target<Target>();
  } else {
    return nullptr;
  }
}

/// Clears the cancellation slot of a handler whose operation has completed. A handler with a
/// `has_lasting_slot` keeps it, as its slot is used by other threads at any time.
template <class Handler>
[[gnu::always_inline]] inline void clear_slot(const Handler& handler) {
  if constexpr (!requires { typename Handler::has_lasting_slot; }) {
    auto slot = net::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) [[unlikely]]
      slot.clear();
  }
}

/// A handler with its results that was dispatched to its executor. Clears the handler's
/// cancellation slot there, and not before, as it may be in use there until then.
template <class Handler, class... Results>
class completed_elsewhere : public completed<Handler, Results...> {
 public:
  using completed<Handler, Results...>::completed;

  void operator()() {
    clear_slot(this->handler());
    completed<Handler, Results...>::operator()();
  }
};

/// Calls the handler of an operation that has completed, and clears its cancellation slot before.
/// If the handler has another executor than the operation, dispatches it to that one, for which it
/// counts work until then.
///
/// @tparam Executor The operation's executor.
/// @tparam completes_there Whether the operation completes on that executor in any case.
template <class Handler, class Executor, bool completes_there>
class handler_work {
 public:
  /// @param is_here Returns whether handlers with an executor can be called where the operation
  ///     completes.
  template <class IsHere>
  handler_work(const Handler& handler, const Executor& executor, IsHere is_here) {
    const auto& own = net::get_associated_executor(handler, executor);
    if (!is_here(own)) elsewhere_.emplace(own);
  }

  template <class... Results>
  [[gnu::always_inline]] void complete(Handler& handler, Results... results) {
    if (!elsewhere_) {
      clear_slot(handler);
      std::move(handler)(std::move(results)...);
    } else {
      net::dispatch(elsewhere_->get_executor(), completed_elsewhere<Handler, Results...>(
                                                    std::move(handler), std::move(results)...));
    }
  }

 private:
  std::optional<working_executor<net::associated_executor_t<Handler, Executor>>> elsewhere_;
};

/// The same for a handler that has no executor of its own.
template <class Handler, class Executor>
  requires requires {
    typename net::associated_executor<Handler, Executor>::asio_associated_executor_is_unspecialised;
  }
class handler_work<Handler, Executor, true> {
 public:
  template <class IsHere>
  handler_work(const Handler&, const Executor&, IsHere) {}

  template <class... Results>
  [[gnu::always_inline]] void complete(Handler& handler, Results... results) {
    clear_slot(handler);
    std::move(handler)(std::move(results)...);
  }
};

}  // namespace timed::detail

template <template <class, class> class Associator, class Handler, class... Results, class Default>
struct boost::asio::associator<Associator, timed::detail::completed_elsewhere<Handler, Results...>,
                               Default>
    : associator<Associator, timed::detail::completed<Handler, Results...>, Default> {};

#endif  // TIMED_DETAIL_HANDLER_WORK_H
