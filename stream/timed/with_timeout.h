// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// A completion token adapter that gives one operation a timeout.

#ifndef TIMED_WITH_TIMEOUT_H
#define TIMED_WITH_TIMEOUT_H

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/default_completion_token.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include "timed/associated_deadline.h"
#include "timed/detail/time/clock_service.h"
#include "timed/detail/time/deadlines.h"

namespace timed {

/// What `with_timeout(duration, token)` returns: a completion token.
template <class CompletionToken>
struct with_timeout_t {
  std::chrono::steady_clock::duration timeout;  ///< Counted from the initiation.
  CompletionToken token;                        ///< The token that the timeout is added to.
};

/// What `with_timeout(duration)` returns: a completion token for operations whose executor has a
/// default completion token.
struct partial_with_timeout {
  std::chrono::steady_clock::duration timeout;  ///< Counted from the initiation.
};

/// Gives one operation of a timed stream a timeout of its own.
///
/// @code
/// stream.async_read_some(buffer, timed::with_timeout(5s, handler));
/// std::size_t n = co_await net::async_write(stream, data,
///                                           timed::with_timeout(5s, net::use_awaitable));
/// @endcode
///
/// It counts from the initiation, in addition to the stream's own deadlines; the earliest applies.
/// When it expires, the operation reports `error::timeout`, and the stream's `on_timeout` setting
/// decides whether the stream is closed. There is no timer and no allocation: the deadline is
/// associated with the handler (`associated_deadline`), and the stream applies it.
///
/// For a composed operation over a timed stream (`net::async_write`, `net::ssl::stream`'s
/// operations, Beast's HTTP, `net::async_compose`) it is one deadline for the whole operation. It
/// has no effect on operations of other I/O objects, nor through handlers that do not forward
/// associators, such as those of Beast's WebSocket (which has its own timeouts).
///
/// Works with every other token and adapter, in either order. The handler's associated cancellation
/// slot, executor, immediate executor and allocator stay the same.
///
/// @param timeout If it is zero or negative, the operation times out immediately; if it is too long
///     to be represented, never.
/// @param token The completion token of the operation, of whatever signature.
template <class Rep, class Period, class CompletionToken>
[[nodiscard]] with_timeout_t<std::decay_t<CompletionToken>> with_timeout(
    std::chrono::duration<Rep, Period> timeout, CompletionToken&& token) {
  return {detail::saturating_duration(timeout), std::forward<CompletionToken>(token)};
}

/// The same with the default completion token of the operation's executor.
template <class Rep, class Period>
[[nodiscard]] partial_with_timeout with_timeout(std::chrono::duration<Rep, Period> timeout) {
  return {detail::saturating_duration(timeout)};
}

namespace detail {

/// A handler that has a deadline associated with it.
template <class Handler>
class deadline_bound {
 public:
  deadline_bound(std::chrono::steady_clock::time_point deadline, Handler handler)
      : deadline_(std::min(deadline, get_associated_deadline(handler))),
        handler_(std::move(handler)) {}

  template <class... Results>
  void operator()(Results&&... results) {
    std::move(handler_)(std::forward<Results>(results)...);
  }

  const Handler& handler() const noexcept { return handler_; }
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }

  friend bool asio_handler_is_continuation(deadline_bound* bound) {
    using boost::asio::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(bound->handler_));
  }

 private:
  std::chrono::steady_clock::time_point deadline_;
  Handler handler_;
};

template <class T>
concept has_executor = requires(const T& t) { t.get_executor(); };

template <class Initiation>
struct executor_type_of {};

template <class Initiation>
  requires requires { typename Initiation::executor_type; }
struct executor_type_of<Initiation> {
  using executor_type = typename Initiation::executor_type;
};

/// An initiation that binds a deadline to the handler first.
template <class Initiation>
class initiate_with_timeout : public executor_type_of<Initiation> {
 public:
  explicit initiate_with_timeout(Initiation wrapped) : initiation_(std::move(wrapped)) {}

  auto get_executor() const noexcept
    requires has_executor<Initiation>
  {
    return initiation_.get_executor();
  }

  template <class Handler, class... Args>
  void operator()(Handler&& handler, std::chrono::steady_clock::duration timeout,
                  Args&&... args) && {
    std::move(initiation_)(bind(std::forward<Handler>(handler), timeout),
                           std::forward<Args>(args)...);
  }

  template <class Handler, class... Args>
  void operator()(Handler&& handler, std::chrono::steady_clock::duration timeout,
                  Args&&... args) const& {
    initiation_(bind(std::forward<Handler>(handler), timeout), std::forward<Args>(args)...);
  }

 private:
  template <class Handler>
  auto bind(Handler&& handler, std::chrono::steady_clock::duration timeout) const {
    return deadline_bound<std::decay_t<Handler>>(after(timeout), std::forward<Handler>(handler));
  }

  std::chrono::steady_clock::time_point after(std::chrono::steady_clock::duration timeout) const {
    if constexpr (has_executor<Initiation>) {
      return clock_service::after_for(get_executor(), timeout);
    } else {
      return clock_service::after_in_real_time(timeout);
    }
  }

  Initiation initiation_;
};

}  // namespace detail
}  // namespace timed

template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, timed::detail::deadline_bound<Handler>, Default>
    : Associator<Handler, Default> {
  static auto get(const timed::detail::deadline_bound<Handler>& bound) noexcept {
    return Associator<Handler, Default>::get(bound.handler());
  }

  static auto get(const timed::detail::deadline_bound<Handler>& bound,
                  const Default& fallback) noexcept
      -> decltype(Associator<Handler, Default>::get(bound.handler(), fallback)) {
    return Associator<Handler, Default>::get(bound.handler(), fallback);
  }
};

template <class Handler, class Default>
struct timed::associated_deadline<timed::detail::deadline_bound<Handler>, Default> {
  using type = Default;

  static type get(const timed::detail::deadline_bound<Handler>& bound) noexcept {
    return bound.deadline();
  }
  static type get(const timed::detail::deadline_bound<Handler>& bound, const Default&) noexcept {
    return bound.deadline();
  }
};

template <class CompletionToken, class... Signatures>
struct boost::asio::async_result<timed::with_timeout_t<CompletionToken>, Signatures...>
    : async_result<CompletionToken, Signatures...> {
  template <class Initiation, class RawToken, class... Args>
  static decltype(auto) initiate(Initiation&& initiation, RawToken&& token, Args&&... args) {
    using initiate_type = timed::detail::initiate_with_timeout<std::decay_t<Initiation>>;
    using token_type = std::conditional_t<std::is_const_v<std::remove_reference_t<RawToken>>,
                                          const CompletionToken, CompletionToken>;
    return async_initiate<token_type, Signatures...>(
        initiate_type(std::forward<Initiation>(initiation)), token.token, token.timeout,
        std::forward<Args>(args)...);
  }
};

template <class... Signatures>
struct boost::asio::async_result<timed::partial_with_timeout, Signatures...> {
  template <class Initiation, class RawToken, class... Args>
  static decltype(auto) initiate(Initiation&& initiation, RawToken&& partial, Args&&... args) {
    using token_type = default_completion_token_t<associated_executor_t<std::decay_t<Initiation>>>;
    auto token = timed::with_timeout(partial.timeout, token_type());
    return async_initiate<decltype(token), Signatures...>(std::forward<Initiation>(initiation),
                                                          token, std::forward<Args>(args)...);
  }
};

#endif  // TIMED_WITH_TIMEOUT_H
