// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_SILENT_SESSIONS_H
#define TIMED_BENCH_DRIVERS_SILENT_SESSIONS_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/contenders/operations.h"
#include "bench/drivers/silent_connections.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"

namespace timed::bench {

/// A contender on this program's backend whose operations can time out.
template <class Contender>
concept can_time_out = requires(
    typename Contender::template stream<net::ip::tcp, backend::io_context::executor_type>& stream,
    net::mutable_buffer memory, std::chrono::milliseconds after,
    void (*handler)(error_code, std::size_t)) {
  Contender::template start_expiring<async_read_some>(stream, memory, after, handler);
};

/// Reads from connections on which nothing arrives, some at a time: each until its deadline passes.
/// Then it is closed, and the next one takes its place, as at a server to which such clients keep
/// coming.
template <can_time_out Contender>
class silent_sessions {
 public:
  /// Starts to read. The first deadlines are spread over the time of one.
  /// @param on_end Called when all connections have ended.
  silent_sessions(typename Contender::context& context, silent_connections peers,
                  std::function<void()> on_end)
      : context_(context), peers_(std::move(peers)), on_end_(std::move(on_end)) {
    outcome_.late_ns.reserve(peers_.descriptors.size());
    for (std::size_t i = 0; i < peers_.at_a_time; ++i) {
      places_.push_back(std::make_unique<place>(*this));
      const auto parts = static_cast<int>(peers_.at_a_time);
      places_.back()->read_next(peers_.timeout + peers_.timeout * static_cast<int>(i) / parts);
    }
  }
  silent_sessions(const silent_sessions&) = delete;
  silent_sessions& operator=(const silent_sessions&) = delete;

  bool have_ended() const { return ended_ == peers_.descriptors.size(); }

  /// Counts the timeouts from now on as those after the load.
  void end_load() { is_loaded_ = false; }

  /// @return How they have ended so far.
  const silent_outcome& outcome() const { return outcome_; }

 private:
  using clock = std::chrono::steady_clock;
  using stream =
      typename Contender::template stream<net::ip::tcp, backend::io_context::executor_type>;

  struct place {
    explicit place(silent_sessions& owner) : all(owner) {}

    void read_next(std::chrono::milliseconds timeout) {
      current.reset();
      if (all.begun_ == all.peers_.descriptors.size()) return;
      current.emplace(all.context_.get_executor());
      contenders::socket_of(*current).assign(net::ip::tcp::v4(),
                                             all.peers_.descriptors[all.begun_++].release());
      deadline = clock::now() + timeout;
      Contender::template start_expiring<async_read_some>(
          *current, net::buffer(memory), timeout,
          [this](error_code ec, std::size_t) { on_end(Contender::is_timeout(ec)); });
    }

    void on_end(bool is_timeout) {
      all.add(is_timeout, clock::now() - deadline);
      error_code ignored;
      contenders::socket_of(*current).close(ignored);  // where the timeout does not
      read_next(all.peers_.timeout);
      if (all.have_ended()) all.on_end_();
    }

    silent_sessions& all;
    std::optional<silent_sessions::stream> current;
    clock::time_point deadline;
    std::array<char, 64> memory{};
  };

  void add(bool is_timeout, std::chrono::nanoseconds late) {
    ++ended_;
    ++(is_timeout ? outcome_.timeouts : outcome_.others);
    if (late.count() < 0) ++outcome_.early;
    if (!is_loaded_) ++outcome_.after_load;
    outcome_.late_ns.push_back(late.count());
  }

  typename Contender::context& context_;
  silent_connections peers_;
  const std::function<void()> on_end_;
  std::vector<std::unique_ptr<place>> places_;
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  bool is_loaded_ = true;
  silent_outcome outcome_;
};

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_SILENT_SESSIONS_H
