// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_COMPLETED_H
#define TIMED_DETAIL_COMPLETED_H

#include <boost/asio/associated_immediate_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <tuple>
#include <utility>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

namespace net = boost::asio;

/// A handler with its arguments. Unlike `net::append` it is not a completion token, so handlers
/// such as std::packaged_task are not taken for tokens.
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
  net::dispatch(immediate,
                completed<Handler, Results...>(std::move(handler), std::move(results)...));
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

#endif  // TIMED_DETAIL_COMPLETED_H
