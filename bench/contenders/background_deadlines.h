// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_CONTENDERS_BACKGROUND_DEADLINES_H
#define TIMED_BENCH_CONTENDERS_BACKGROUND_DEADLINES_H

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/contenders/background_times.h"
#include "timed/backend.h"
#include "timed/basic_stream.h"
#include "timed/detail/deadline/deadline_service.h"
#include "timed/detail/deadline/socket_traits.h"
#include "timed/error.h"

namespace timed::bench {

// Other deadlines pending on the same context, like those of a server's other connections, and of
// the same kind as those of the contender.
//
// They are spread over 20 to 600 s from now: of 1,000, some 17 are earlier than the 30 s of the
// measured write, and the others later. So its deadline is neither the context's earliest (which
// costs a system call with Asio) nor its latest. None passes during the measurement.

/// Waits on Asio timers, as Beast's operations and `cancel_after` have them.
class asio_timers {
 public:
  asio_timers(net::io_context& context, std::size_t count) {
    timers_.reserve(count);
    for_each_background_deadline(count, [&](std::chrono::steady_clock::time_point deadline) {
      timers_.emplace_back(context.get_executor());
      timers_.back().expires_at(deadline);
      timers_.back().async_wait([](error_code ec) {
        if (!ec)
          throw std::runtime_error("a background deadline passed while a write was measured");
      });
    });
  }

 private:
  // The executor's type does not matter to Asio's timer queue; this one is the cheapest.
  using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                          net::wait_traits<std::chrono::steady_clock>,
                                          net::io_context::executor_type>;
  std::vector<timer> timers_;
};

/// Deadlines in the context's queue, as our streams' operations have them.
class timed_deadlines {
 public:
  timed_deadlines(backend::io_context& context, std::size_t count)
      : service_(net::use_service<detail::deadline_service>(context)), slots_(count) {
    using executor_type = backend::io_context::executor_type;
    using socket_type = backend::basic_stream_socket<net::ip::tcp, executor_type>;
    detail::socket_traits<socket_type>::install_driver(context.get_executor(), service_);
    std::size_t i = 0;
    for_each_background_deadline(count, [&](std::chrono::steady_clock::time_point deadline) {
      detail::operation_slot& slot = slots_[i++];
      slot.stream = &listener_;
      slot.set(detail::deadline_service::nanoseconds_of(deadline));
      slot.put({1, detail::operation_slot::phase::waiting});
      service_.file(slot);
    });
    context.poll();
  }
  timed_deadlines(const timed_deadlines&) = delete;
  ~timed_deadlines() {
    for (detail::operation_slot& slot : slots_) service_.remove(slot);
  }

 private:
  class measured_too_long final : public detail::expiry_listener {
    void on_expiry(detail::operation_slot&, detail::operation_slot::operation_id,
                   std::chrono::steady_clock::time_point) noexcept override {
      std::fputs("a background deadline passed while a write was measured\n", stderr);
      std::abort();
    }
  };

  detail::deadline_service& service_;
  std::shared_ptr<measured_too_long> kept_ = std::make_shared<measured_too_long>();
  measured_too_long& listener_ = *kept_;
  std::vector<detail::operation_slot> slots_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_CONTENDERS_BACKGROUND_DEADLINES_H
