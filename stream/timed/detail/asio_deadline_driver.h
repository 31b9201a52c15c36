// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_ASIO_DEADLINE_DRIVER_H
#define TIMED_DETAIL_ASIO_DEADLINE_DRIVER_H

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

#include "timed/detail/deadline_service.h"
#include "timed/detail/reserved_memory.h"
#include "timed/error.h"

namespace timed::detail {

/// An executor of which Asio does not know how to count the work that is outstanding for it.
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

/// Wakes a `deadline_service` by a timer of an Asio context.
///
/// That wait must not keep `run()` from returning when the last operation is over. So the work that
/// Asio counts for it is given back as soon as it has begun, and taken again when it is over. (For
/// executors other than io_context's Asio would count it twice, once for the handler.)
template <class Executor>
class asio_deadline_driver : public deadline_driver {
 public:
  asio_deadline_driver(const Executor& executor, deadline_service& service)
      : service_(service),
        executor_(executor),
        memory_(service.memory()),
        timer_(uncounted<Executor>(executor)) {}

  void wake_at(std::chrono::steady_clock::time_point when) override {
    timer_.expires_at(when);  // which ends the wait that may be under way
    timer_.async_wait(net::bind_allocator(allocator(memory_), [this](error_code ec) {
      executor_.on_work_started();
      if (!ec) service_.on_wakeup();
    }));
    executor_.on_work_finished();
  }

  void post_earlier() override {
    net::post(executor_,
              net::bind_allocator(allocator(memory_), [this] { service_.on_earlier(); }));
  }

 private:
  using clock_type = std::chrono::steady_clock;
  using allocator = reserved_memory::allocator<void*>;

  deadline_service& service_;
  Executor executor_;
  reserved_memory& memory_;
  net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, uncounted<Executor>> timer_;
};

/// Makes the driver for the context of an executor of type `Executor`.
/// @return Whether that is of a kind that is recognised: one of Asio's contexts, directly, through
///     strands, or through `any_io_executor`.
template <class Executor>
struct asio_deadline_drive {
  static bool start(const Executor&, deadline_service&) { return false; }
};

#if !defined(BOOST_ASIO_NO_TS_EXECUTORS)

template <class Executor>
bool drive_context_of(const Executor& executor, deadline_service& service) {
  const auto plain = net::query(executor, net::execution::context).get_executor();
  service.drive_by([&plain](deadline_service& driven) {
    return std::make_unique<asio_deadline_driver<std::decay_t<decltype(plain)>>>(plain, driven);
  });
  return true;
}

template <class Allocator, std::uintptr_t Bits>
struct asio_deadline_drive<net::io_context::basic_executor_type<Allocator, Bits>> {
  static bool start(const net::io_context::basic_executor_type<Allocator, Bits>& executor,
                    deadline_service& service) {
    return drive_context_of(executor, service);
  }
};

template <class Allocator, unsigned Bits>
struct asio_deadline_drive<net::thread_pool::basic_executor_type<Allocator, Bits>> {
  static bool start(const net::thread_pool::basic_executor_type<Allocator, Bits>& executor,
                    deadline_service& service) {
    return drive_context_of(executor, service);
  }
};

#endif

template <class Inner>
struct asio_deadline_drive<net::strand<Inner>> {
  static bool start(const net::strand<Inner>& executor, deadline_service& service) {
    return asio_deadline_drive<Inner>::start(executor.get_inner_executor(), service);
  }
};

template <>
struct asio_deadline_drive<net::any_io_executor> {
  static bool start(const net::any_io_executor& executor, deadline_service& service) {
    using io = net::io_context::executor_type;
    using pool = net::thread_pool::executor_type;
    return holds_one_of<io, pool, net::strand<io>, net::strand<pool>,
                        net::strand<net::any_io_executor>>(executor, service);
  }

 private:
  template <class... Targets>
  static bool holds_one_of(const net::any_io_executor& executor, deadline_service& service) {
    return (holds<Targets>(executor, service) || ...);
  }
  template <class Target>
  static bool holds(const net::any_io_executor& executor, deadline_service& service) {
    const Target* const target = executor.template target<Target>();
    return target != nullptr && asio_deadline_drive<Target>::start(*target, service);
  }
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_ASIO_DEADLINE_DRIVER_H
