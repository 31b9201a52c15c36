// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_DEADLINE_ASIO_DEADLINE_DRIVER_H
#define TIMED_DETAIL_DEADLINE_ASIO_DEADLINE_DRIVER_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/wait_traits.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "timed/detail/deadline/deadline_service.h"
#include "timed/detail/deadline/reserved_memory.h"
#include "timed/error.h"

namespace timed::detail {

/// An executor without the properties by which Asio counts outstanding work.
template <class Executor>
class uncounted {
 public:
  explicit uncounted(const Executor& inner) noexcept : inner_(inner) {}

  net::execution_context& query(net::execution::context_t) const noexcept {
    return net::query(inner_, net::execution::context);
  }
  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(std::forward<Function>(function));
  }
  friend bool operator==(const uncounted&, const uncounted&) = default;

 private:
  Executor inner_;
};

/// The timer of a `deadline_service` on a context of Asio's.
///
/// Its wait must not keep `run()` from returning after the last operation. So the outstanding work
/// that Asio counts for it is subtracted as soon as the wait has started, and added again when it
/// ends. (For executors other than io_context's, Asio would count it twice, once for the handler.)
template <class Executor>
class asio_deadline_driver : public deadline_driver {
 public:
  asio_deadline_driver(const Executor& executor, deadline_service& service)
      : service_(service),
        executor_(executor),
        memory_(service.memory()),
        timer_(uncounted<Executor>(executor)) {}

  void schedule(std::chrono::steady_clock::time_point when) override {
    if (when <= clock_type::now()) return post_on_timer();
    timer_.expires_at(when);  // cancels the outstanding wait, if any
    timer_.async_wait(net::bind_allocator(allocator(memory_), [this](error_code ec) {
      executor_.on_work_started();
      if (!ec) on_wait_ended();
    }));
    executor_.on_work_finished();
  }

  void request_rearm() override {
    net::post(executor_, net::bind_allocator(allocator(memory_), [this] { service_.rearm(); }));
  }

 private:
  using clock_type = std::chrono::steady_clock;
  using allocator = reserved_memory::allocator<void*>;

  // Has `on_timer()` called after the handlers that are ready.
  void post_on_timer() {
    net::post(executor_, net::bind_allocator(allocator(memory_), [this, now = clock_type::now()] {
                service_.on_timer(now);
              }));
  }

  void on_wait_ended() noexcept {
    try {
      post_on_timer();
    } catch (...) {  // no memory: before those handlers is better than not at all
      service_.on_timer(clock_type::now());
    }
  }

  deadline_service& service_;
  Executor executor_;
  reserved_memory& memory_;
  net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, uncounted<Executor>> timer_;
};

/// Installs the driver of the service of the executor's context, unless there is one already.
///
/// The overloads recognise Asio's contexts, directly, through strands, or through
/// `any_io_executor`; this one takes every other executor.
/// @return Whether the executor was recognised.
template <class Executor>
bool install_driver(const Executor&, deadline_service&) {
  return false;
}

#if !defined(BOOST_ASIO_NO_TS_EXECUTORS)

template <class Executor>
bool install_context_driver(const Executor& executor, deadline_service& service) {
  const auto plain = net::query(executor, net::execution::context).get_executor();
  service.install_driver([&plain](deadline_service& driven) {
    return std::make_unique<asio_deadline_driver<std::decay_t<decltype(plain)>>>(plain, driven);
  });
  return true;
}

template <class Allocator, std::uintptr_t Bits>
bool install_driver(const net::io_context::basic_executor_type<Allocator, Bits>& executor,
                    deadline_service& service) {
  return install_context_driver(executor, service);
}

template <class Allocator, unsigned Bits>
bool install_driver(const net::thread_pool::basic_executor_type<Allocator, Bits>& executor,
                    deadline_service& service) {
  return install_context_driver(executor, service);
}

#endif

template <class Inner>
bool install_driver(const net::strand<Inner>& executor, deadline_service& service) {
  return install_driver(executor.get_inner_executor(), service);
}

template <class... Targets>
bool install_driver_of_target(const net::any_io_executor& executor, deadline_service& service) {
  const auto install = [&service](const auto* target) {
    return target != nullptr && install_driver(*target, service);
  };
  return (install(executor.template target<Targets>()) || ...);
}

inline bool install_driver(const net::any_io_executor& executor, deadline_service& service) {
  using io = net::io_context::executor_type;
  using pool = net::thread_pool::executor_type;
  return install_driver_of_target<io, pool, net::strand<io>, net::strand<pool>,
                                  net::strand<net::any_io_executor>>(executor, service);
}

}  // namespace timed::detail

#endif  // TIMED_DETAIL_DEADLINE_ASIO_DEADLINE_DRIVER_H
