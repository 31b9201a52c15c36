// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Executors that know whether they are the ones that run something.

#ifndef TIMED_TESTS_HISTORIES_EXECUTORS_H
#define TIMED_TESTS_HISTORIES_EXECUTORS_H

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/strand.hpp>
#include <type_traits>
#include <utility>

#include "timed/backend.h"

namespace timed::tests::histories {

/// What a `marked_executor` says of itself.
struct mark {
  int depth = 0;  ///< Number of functions of the executor's that are running.
  int id = 0;
  void* owner = nullptr;
  void (*on_submit)(mark&) = nullptr;  ///< Called when the executor is given a function.
};

/// An executor as programs write them around others: the library does not know its type.
template <class Inner>
class marked_executor {
 public:
  marked_executor(const Inner& inner, mark& its) noexcept : inner_(inner), mark_(&its) {}

  net::execution_context& query(net::execution::context_t) const noexcept {
    return net::query(inner_, net::execution::context);
  }
  static constexpr net::execution::blocking_t query(net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }
  template <class Function>
  void execute(Function&& function) const {
    if (mark_->on_submit != nullptr) mark_->on_submit(*mark_);
    net::require(inner_, net::execution::blocking.never)
        .execute([its = mark_, called = std::forward<Function>(function)]() mutable {
          ++its->depth;
          std::move(called)();
          --its->depth;
        });
  }
  template <class Property>
    requires(net::can_require_v<const Inner&, Property> &&
             std::is_same_v<Property, net::execution::outstanding_work_t::tracked_t>)
  auto require(Property property) const {
    const auto tracked = net::require(inner_, property);
    return marked_executor<std::decay_t<decltype(tracked)>>(tracked, *mark_);
  }
  friend bool operator==(const marked_executor&, const marked_executor&) = default;

 private:
  Inner inner_;
  mark* mark_;
};

using context_executor = timed::backend::io_context::executor_type;

/// How to make a stream's executor, and to see whether it is running the calling function.
template <class Executor>
struct executor_kind {
  static Executor make(timed::backend::io_context& context, mark&) {
    return context.get_executor();
  }
  static bool is_running(const Executor&, const mark&) { return true; }
};

template <>
struct executor_kind<net::strand<context_executor>> {
  using strand = net::strand<context_executor>;
  static strand make(timed::backend::io_context& context, mark&) {
    return net::make_strand(context);
  }
  static bool is_running(const strand& executor, const mark&) {
    return executor.running_in_this_thread();
  }
};

template <>
struct executor_kind<marked_executor<context_executor>> {
  using marked = marked_executor<context_executor>;
  static marked make(timed::backend::io_context& context, mark& its) {
    return marked(context.get_executor(), its);
  }
  static bool is_running(const marked&, const mark& its) { return its.depth > 0; }
};

}  // namespace timed::tests::histories

#endif  // TIMED_TESTS_HISTORIES_EXECUTORS_H
