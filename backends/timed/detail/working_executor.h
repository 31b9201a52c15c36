// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_DETAIL_WORKING_EXECUTOR_H
#define TIMED_DETAIL_WORKING_EXECUTOR_H

#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/prefer.hpp>
#include <type_traits>

#include "timed/detail/requires_cxx20.h"

namespace timed::detail {

namespace net = boost::asio;

/// An executor for which work is counted as long as this lives. (`net::executor_work_guard` does
/// not compile for a strand of an executor that has only properties.)
template <class Executor, bool has_properties = net::execution::is_executor<Executor>::value>
class working_executor {
  using tracked = std::decay_t<
      net::prefer_result_t<const Executor&, net::execution::outstanding_work_t::tracked_t>>;

 public:
  explicit working_executor(const Executor& executor)
      : executor_(net::prefer(executor, net::execution::outstanding_work.tracked)) {}

  const tracked& get_executor() const noexcept { return executor_; }

 private:
  tracked executor_;
};

/// For the executors of the Networking TS.
template <class Executor>
class working_executor<Executor, false> : public net::executor_work_guard<Executor> {
  using net::executor_work_guard<Executor>::executor_work_guard;
};

}  // namespace timed::detail

#endif  // TIMED_DETAIL_WORKING_EXECUTOR_H
