// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

/// @file
/// The event loop that `--@timed_stream//backends:backend` picked when this program was built.

#ifndef TIMED_BACKEND_H
#define TIMED_BACKEND_H

#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>

#if defined(TIMED_BACKEND_EPOLL) == defined(TIMED_BACKEND_IO_URING)
#error \
    "No backend is defined, or two are. Depend on @timed_stream; do not set TIMED_BACKEND_* by hand."
#endif
#if defined(TIMED_BACKEND_EPOLL) && \
    (!defined(BOOST_ASIO_HAS_EPOLL) || defined(BOOST_ASIO_HAS_IO_URING))
#error "The backend is epoll, but Boost.Asio is configured for another one by a macro of yours."
#endif
#if defined(TIMED_BACKEND_IO_URING) && \
    (!defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT) || defined(BOOST_ASIO_HAS_EPOLL))
#error \
    "The backend is io_uring, but Boost.Asio is not configured for it. Do not undefine its macros."
#endif
#if !defined(BOOST_ASIO_SEPARATE_COMPILATION)
#error \
    "Boost.Asio is header-only here, so that a mix of backends would link. Depend on @boost.asio."
#endif

/// Timed socket streams for Boost.Asio.
namespace timed {

namespace net = boost::asio;
using error_code = boost::system::error_code;

/// What the build flag picked.
namespace backend {

/// The backend's name, as the flag spells it.
constexpr std::string_view name() noexcept {
#if defined(TIMED_BACKEND_IO_URING)
  return "io_uring";
#else
  return "epoll";
#endif
}

/// An `asio::io_context` on the backend, which is known to work once it is constructed.
///
/// Asio's own `io_context` opens its epoll instance or io_uring only with the first socket or
/// timer, and where the kernel refuses, all that is heard is "Operation not permitted". This one
/// opens it when it is constructed, and says what is wrong and what can be done about it. In all
/// else it is an `asio::io_context`, and a plain one serves the streams just as well.
///
/// With io_uring each context locks about 1.6 MiB of memory, which counts against the user's
/// RLIMIT_MEMLOCK (8 MiB in most distributions), and the kernel gives it back a little after the
/// context's end. The constructor waits for that, for at most a second.
class io_context : public net::io_context {
 public:
  /// @throws boost::system::system_error with the kernel's error code if it refuses; `what()` names
  ///     the probable cause and the remedy.
  io_context() { open(); }

  /// @param concurrency_hint How many threads are expected to call `run()`.
  /// @throws boost::system::system_error as above.
  explicit io_context(int concurrency_hint) : net::io_context(concurrency_hint) { open(); }

 private:
  void open();
};

/// Says why this process may not use the backend, and what can be done about it.
///
/// @return The cause and the remedy in a sentence or two; empty if the backend works here.
///
/// Constructs an `io_context` each time it is called, so call it once at the start. Thread safe.
std::string unavailable_reason();

}  // namespace backend
}  // namespace timed

#endif  // TIMED_BACKEND_H
