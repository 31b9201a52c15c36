// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_SUPPORT_BACKGROUND_DEADLINES_H
#define TIMED_BENCH_SUPPORT_BACKGROUND_DEADLINES_H

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <vector>

#include "timed/backend.h"

namespace timed::bench {

/// Other deadlines pending on the same context, as those of a server's other connections are.
///
/// They are spread over 20 to 600 s from now: with 1,000 of them, some 17 are earlier than the
/// 30 s of the write that is measured, and the others later. So its deadline is neither the
/// context's earliest (which with Asio costs a system call) nor its latest, and it has to find its
/// place in the middle. None passes while it is measured.
///
/// They are waits on Asio timers. So are the streams' own deadlines, in this version; where they
/// are kept elsewhere, others of that kind have to be here.
class background_deadlines {
 public:
  background_deadlines(net::io_context& context, std::size_t count) {
    std::mt19937 random(1);  // the same in each entry
    std::uniform_real_distribution<double> seconds_from_now(20, 600);
    const auto now = std::chrono::steady_clock::now();
    timers_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::chrono::duration<double> after(seconds_from_now(random));
      timers_.emplace_back(context.get_executor());
      timers_.back().expires_at(
          now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(after));
      timers_.back().async_wait([](error_code ec) {
        if (!ec)
          throw std::runtime_error("a background deadline passed while a write was measured");
      });
    }
  }

 private:
  // The executor's type does not matter to Asio's timer queue; this one is the cheapest to make.
  using timer = net::basic_waitable_timer<std::chrono::steady_clock,
                                          net::wait_traits<std::chrono::steady_clock>,
                                          net::io_context::executor_type>;
  std::vector<timer> timers_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_SUPPORT_BACKGROUND_DEADLINES_H
