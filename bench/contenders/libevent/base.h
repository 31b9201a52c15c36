// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <sys/time.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

namespace timed::bench::contenders {

struct free_libevent {
  void operator()(::event_base* base) const { ::event_base_free(base); }
  void operator()(::event_config* config) const { ::event_config_free(config); }
  void operator()(::event* event) const { ::event_free(event); }
  void operator()(::bufferevent* stream) const { ::bufferevent_free(stream); }
};

using owned_event_base = std::unique_ptr<::event_base, free_libevent>;
using owned_event_config = std::unique_ptr<::event_config, free_libevent>;
using owned_event = std::unique_ptr<::event, free_libevent>;
using owned_bufferevent = std::unique_ptr<::bufferevent, free_libevent>;

/// @param made Object returned by one of libevent's functions.
/// @throws std::bad_alloc if it is null.
template <class Made>
Made* throw_if_null(Made* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

/// @throws std::runtime_error if the result of one of libevent's functions is an error.
inline void throw_if_libevent_failed(int result, std::string_view what) {
  if (result != 0) throw std::runtime_error("libevent: " + std::string(what) + " failed");
}

/// @return An event loop as libevent's authors advise for epoll: it collects the changes of what it
///     waits for, and tells the kernel what is left of them before it waits.
/// @throws std::runtime_error if it does not use epoll, which an environment variable can disable.
inline owned_event_base make_libevent_base() {
  const owned_event_config config(throw_if_null(::event_config_new()));
  throw_if_libevent_failed(
      ::event_config_set_flag(config.get(), EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST),
      "event_config_set_flag");
  owned_event_base base(throw_if_null(::event_base_new_with_config(config.get())));
  const std::string_view method = ::event_base_get_method(base.get());
  if (method != "epoll (with changelist)") {
    throw std::runtime_error("libevent uses " + std::string(method) +
                             " instead of epoll with a changelist. Is EVENT_NOEPOLL set?");
  }
  return base;
}

/// @return The timeout of each read and each write, 30 s, as libevent's authors advise for many of
///     the same duration: the loop keeps them in a queue, not in its heap.
/// @throws std::bad_alloc
inline const ::timeval* libevent_timeout(::event_base* base) {
  constexpr ::timeval duration{.tv_sec = 30, .tv_usec = 0};
  return throw_if_null(::event_base_init_common_timeout(base, &duration));
}

/// @param descriptor Of a connected socket; the stream takes ownership.
/// @param owner Receiver of `on_read()`, `on_written()` and `fail(what)`. They are called from C,
///     so they must not throw.
/// @return A stream that reads and writes with these timeouts.
/// @throws std::exception
template <class Owner>
owned_bufferevent make_libevent_stream(::event_base* base, int descriptor, Owner& owner) {
  throw_if_libevent_failed(::evutil_make_socket_nonblocking(descriptor), "O_NONBLOCK");
  owned_bufferevent stream(
      throw_if_null(::bufferevent_socket_new(base, descriptor, BEV_OPT_CLOSE_ON_FREE)));
  ::bufferevent_setcb(
      stream.get(), [](::bufferevent*, void* self) { static_cast<Owner*>(self)->on_read(); },
      [](::bufferevent*, void* self) { static_cast<Owner*>(self)->on_written(); },
      [](::bufferevent*, short what, void* self) { static_cast<Owner*>(self)->fail(what); },
      &owner);
  const ::timeval* const timeout = libevent_timeout(base);
  throw_if_libevent_failed(::bufferevent_set_timeouts(stream.get(), timeout, timeout),
                           "bufferevent_set_timeouts");
  throw_if_libevent_failed(::bufferevent_enable(stream.get(), EV_READ | EV_WRITE),
                           "bufferevent_enable");
  return stream;
}

/// Runs the loop until `event_base_loopbreak`.
/// @param failure Argument of the last call of `fail`; 0 if there was none.
/// @throws std::runtime_error if `fail` was called, or if the loop fails.
inline void run_libevent(::event_base* base, const short& failure) {
  throw_if_libevent_failed(::event_base_dispatch(base), "event_base_dispatch");
  if (failure == 0) return;
  throw std::runtime_error(failure & BEV_EVENT_EOF       ? "a connection was closed"
                           : failure & BEV_EVENT_TIMEOUT ? "a deadline passed"
                                                         : "a connection has failed");
}

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H
