// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H
#define TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/time.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

namespace timed::bench::contenders {

struct free_libevent {
  void operator()(::event_base* base) const { ::event_base_free(base); }
  void operator()(::event* event) const { ::event_free(event); }
  void operator()(::bufferevent* stream) const { ::bufferevent_free(stream); }
};

using owned_event_base = std::unique_ptr<::event_base, free_libevent>;
using owned_event = std::unique_ptr<::event, free_libevent>;
using owned_bufferevent = std::unique_ptr<::bufferevent, free_libevent>;

/// @param made What one of libevent's functions has returned.
/// @throws std::bad_alloc if that is nothing.
template <class Made>
Made* made_by_libevent(Made* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

/// @throws std::runtime_error if the result of one of libevent's functions is an error.
inline void throw_if_libevent_failed(int result, std::string_view what) {
  if (result != 0) throw std::runtime_error("libevent: " + std::string(what) + " failed");
}

/// @return An event loop, made as most programs make it.
/// @throws std::runtime_error if it is not on epoll, which an environment variable can bring about.
inline owned_event_base make_libevent_base() {
  owned_event_base base(made_by_libevent(::event_base_new()));
  if (std::string_view(::event_base_get_method(base.get())) != "epoll") {
    throw std::runtime_error("libevent uses " + std::string(::event_base_get_method(base.get())) +
                             " instead of epoll. Is EVENT_NOEPOLL set?");
  }
  return base;
}

/// How long each read and each write may take.
inline constexpr ::timeval libevent_timeout{.tv_sec = 30, .tv_usec = 0};

}  // namespace timed::bench::contenders

#endif  // TIMED_BENCH_CONTENDERS_LIBEVENT_BASE_H
