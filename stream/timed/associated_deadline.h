// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The deadline that is associated with a completion handler.

#ifndef TIMED_ASSOCIATED_DEADLINE_H
#define TIMED_ASSOCIATED_DEADLINE_H

#include <boost/asio/associator.hpp>
#include <chrono>
#include <type_traits>

#include "timed/detail/requires_cxx20.h"

namespace boost::beast {

// The base of the operations of Beast's HTTP. It forwards the associators that it knows by name,
// and so not ours. Declared here, so that programs need not include another header for it.
template <class Handler, class Executor, class Allocator>
class async_base;

}  // namespace boost::beast

namespace timed {

template <class T, class Default>
struct associated_deadline;

namespace detail {

template <class Handler, class Executor, class Allocator>
const Handler& handler_of_beast(const boost::beast::async_base<Handler, Executor, Allocator>& op) {
  return op.handler();
}

template <class T>
concept beast_operation = requires(const T& op) { handler_of_beast(op); };

template <class T, class Default>
concept forwards_deadline =
    requires { typename boost::asio::associator<associated_deadline, T, Default>::type; };

template <class T, class Default>
struct associated_deadline_impl {
  using type = Default;
  static constexpr type get(const T&) noexcept { return type::max(); }
  static constexpr type get(const T&, const Default& fallback) noexcept { return fallback; }
};

template <class T, class Default>
  requires forwards_deadline<T, Default>
struct associated_deadline_impl<T, Default>
    : boost::asio::associator<associated_deadline, T, Default> {};

template <beast_operation T, class Default>
  requires(!forwards_deadline<T, Default>)
struct associated_deadline_impl<T, Default> {
  using type = Default;
  static type get(const T& op) noexcept { return get(op, type::max()); }
  static type get(const T& op, const Default& fallback) noexcept {
    using handler = std::remove_cvref_t<decltype(handler_of_beast(op))>;
    return associated_deadline<handler, Default>::get(handler_of_beast(op), fallback);
  }
};

}  // namespace detail

/// The deadline associated with a completion handler, in the way of `net::associated_executor`.
/// Timed streams apply it to each operation whose handler has one. By default there is none:
/// `time_point::max()`.
///
/// An intermediate handler that specialises Asio's `associator`, for all associated characteristics
/// of the handler that it wraps, forwards the deadline too. All of Asio's do so. For those of
/// Beast's HTTP, this header forwards the deadline. So the deadline that `with_timeout` gives to a
/// composed operation applies to each operation in it.
///
/// @code
/// const auto deadline = timed::get_associated_deadline(handler);
/// @endcode
///
/// @tparam T The type of the handler.
/// @tparam Default The type of a point in time.
template <class T, class Default = std::chrono::steady_clock::time_point>
struct associated_deadline : detail::associated_deadline_impl<T, Default> {};

/// Returns the deadline associated with a handler, or `time_point::max()`.
template <class T>
constexpr std::chrono::steady_clock::time_point get_associated_deadline(const T& handler) noexcept {
  return associated_deadline<T>::get(handler, std::chrono::steady_clock::time_point::max());
}

}  // namespace timed

#endif  // TIMED_ASSOCIATED_DEADLINE_H
