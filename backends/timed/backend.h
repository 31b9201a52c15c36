// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The event loop that `--@timed_stream//backends:backend` picked when this program was built.

#ifndef TIMED_BACKEND_H
#define TIMED_BACKEND_H

#include <boost/asio/any_io_executor.hpp>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "timed/detail/requires_cxx20.h"

#if defined(TIMED_BACKEND_IO_URING_NATIVE)
#include "timed/uring/basic_acceptor.h"
#include "timed/uring/basic_stream_socket.h"
#include "timed/uring/basic_timer.h"
#include "timed/uring/connect_pair.h"
#include "timed/uring/io_context.h"
#else
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/io_context_strand.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/wait_traits.hpp>
#include <chrono>
#endif

#if defined(TIMED_BACKEND_EPOLL) + defined(TIMED_BACKEND_IO_URING) + \
        defined(TIMED_BACKEND_IO_URING_NATIVE) !=                    \
    1
#error \
    "No backend is defined, or two are. Depend on @timed_stream; do not set TIMED_BACKEND_* by hand."
#endif
#if !defined(TIMED_BACKEND_IO_URING) && \
    (!defined(BOOST_ASIO_HAS_EPOLL) || defined(BOOST_ASIO_HAS_IO_URING))
#error \
    "Boost.Asio's own backend should be epoll, but is another one by a macro that your build defines."
#endif
#if defined(TIMED_BACKEND_IO_URING) && \
    (!defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT) || defined(BOOST_ASIO_HAS_EPOLL))
#error \
    "The backend is io_uring, but Boost.Asio is not configured for it. Do not undefine its macros."
#endif
#if !defined(BOOST_ASIO_SEPARATE_COMPILATION)
#error \
    "Boost.Asio is header-only here, so that a mix of backends would link. Depend on @timed_stream//third_party/asio."
#endif

/// Timed socket streams for Boost.Asio.
namespace timed {

namespace net = boost::asio;
using error_code = boost::system::error_code;

/// What the build flag picked.
namespace backend {

/// The backend's name, as the flag spells it.
constexpr std::string_view name() noexcept {
#if defined(TIMED_BACKEND_IO_URING_NATIVE)
  return "io_uring_native";
#elif defined(TIMED_BACKEND_IO_URING)
  return "io_uring";
#else
  return "epoll";
#endif
}

#if defined(TIMED_BACKEND_IO_URING_NATIVE)

using io_context = uring::io_context;
template <class Protocol, class Executor = net::any_io_executor>
using basic_stream_socket = uring::basic_stream_socket<Protocol, Executor>;
template <class Protocol, class Executor = net::any_io_executor>
using basic_acceptor = uring::basic_acceptor<Protocol, Executor>;
template <class Executor = net::any_io_executor>
using basic_timer = uring::basic_timer<Executor>;
using uring::connect_pair;

#else

// Sockets, acceptors and timers that go with the context, for programs that are to compile on every
// backend; with Asio's interface.

/// The stream socket that goes with the backend's context: Asio's, or `uring::basic_stream_socket`.
template <class Protocol, class Executor = net::any_io_executor>
using basic_stream_socket = net::basic_stream_socket<Protocol, Executor>;
/// The acceptor that goes with the backend's context: Asio's, or `uring::basic_acceptor`.
template <class Protocol, class Executor = net::any_io_executor>
using basic_acceptor = net::basic_socket_acceptor<Protocol, Executor>;
/// The timer that goes with the backend's context: Asio's, or `uring::basic_timer`.
template <class Executor = net::any_io_executor>
using basic_timer =
    net::basic_waitable_timer<std::chrono::steady_clock,
                              net::wait_traits<std::chrono::steady_clock>, Executor>;
using net::local::connect_pair;

/// An `asio::io_context` on the backend. Its constructor verifies that the backend works.
///
/// Asio's own `io_context` opens its epoll instance or ring with the first socket or timer, and if
/// the kernel refuses, reports only "Operation not permitted". This one opens it in the
/// constructor, whose exception names the cause and the remedy. Otherwise it is an
/// `asio::io_context`, and a plain one works with the streams too.
///
/// With io_uring each context locks about 1.6 MiB of memory, which counts against the user's
/// RLIMIT_MEMLOCK (8 MiB in most distributions). The kernel releases the memory shortly after the
/// context is destroyed. At the limit, the constructor waits up to a second for such a release.
class io_context : public net::io_context {
 public:
  /// Opens the backend.
  /// @throws boost::system::system_error with the kernel's error code if it refuses; `what()` names
  ///     the probable cause and the remedy.
  io_context() { open(); }

  /// As the constructors of `asio::io_context` with the same arguments.
  /// @throws boost::system::system_error as above.
  template <class First, class... More>
    requires(!std::derived_from<std::remove_cvref_t<First>, net::execution_context> &&
             std::constructible_from<net::io_context, const First&, const More&...>)
  explicit io_context(const First& first, const More&... more) : net::io_context(first, more...) {
    open();
  }

 private:
  void open();
};

#endif

/// A timer of the steady clock that goes with the backend's context.
using steady_timer = basic_timer<>;

/// Says why this process may not use the backend, and what can be done about it.
///
/// @return The cause and the remedy in a sentence or two; empty if the backend works here.
///
/// Constructs an `io_context` each time it is called, so call it once at the start. Thread safe.
///
/// @code
/// if (const std::string reason = timed::backend::unavailable_reason(); !reason.empty()) {
///   std::cerr << reason << '\n';
///   return 1;
/// }
/// @endcode
std::string unavailable_reason();

}  // namespace backend
}  // namespace timed

#endif  // TIMED_BACKEND_H
