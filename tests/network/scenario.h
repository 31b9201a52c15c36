// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What the cases of faults.cc are made of: a stream with deadlines, faults that the script beside
// it injects, and a report of what the operation said.

#ifndef TIMED_TESTS_NETWORK_SCENARIO_H
#define TIMED_TESTS_NETWORK_SCENARIO_H

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/network/peer.h"
#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace timed::tests::network {

using net::ip::tcp;
using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// A deadline that is to pass.
constexpr auto soon = 300ms;
/// Longer than anything takes here that is not to time out, or that has failed.
constexpr auto patience = 100s;
/// How late a timeout may be on a machine that is busy with other work.
constexpr auto late = 10s;

/// What an operation has reported, and when.
struct outcome {
  error_code ec;
  std::size_t bytes = 0;
  steady::time_point when;
};

/// A case that went otherwise than it should.
class failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void demand(bool is_right, const std::string& what) {
  if (!is_right) throw failure(what);
}

/// A context, a stream, and a peer at the other end of the network.
class scenario {
 public:
  explicit scenario(const tcp::endpoint& first_port) : first_port_(first_port) {}

  tcp::endpoint endpoint_of(behaviour which) const {
    return {first_port_.address(),
            static_cast<unsigned short>(first_port_.port() + static_cast<unsigned>(which))};
  }

  /// Has the script inject a fault, and waits until it has. The context does not run meanwhile.
  static void inject(const std::string& fault) {
    std::cout << "inject " << fault << std::endl;
    std::string answer;
    demand(std::getline(std::cin, answer) && answer == "done", "cannot inject " + fault);
  }

  /// Connects the stream, while there is no fault.
  void connect(behaviour which) {
    stream.expires_after(patience);
    const outcome done = result_of(
        [&](auto handler) { stream.async_connect(endpoint_of(which), std::move(handler)); });
    demand(!done.ec, "cannot connect: " + done.ec.message());
    stream.socket().set_option(tcp::no_delay(true));
  }

  /// Starts an operation; `wait_for` gets what it reports.
  template <class Start>
  void start(Start initiate) {
    done_.reset();
    initiate([this](error_code ec, std::size_t bytes = 0) {
      demand(!done_, "a handler is called twice");
      done_ = outcome{ec, bytes, steady::now()};
    });
    demand(!done_, "a handler is called within the initiating function");
  }

  /// Runs the context for as long as it takes.
  outcome finish() {
    const auto end = steady::now() + patience;
    context.restart();
    while (!done_ && steady::now() < end) {
      if (context.run_one_until(end) == 0) break;
    }
    demand(done_.has_value(), "the handler is not called");
    return *done_;
  }

  template <class Start>
  outcome result_of(Start initiate) {
    start(initiate);
    return finish();
  }

  /// Runs the context for so long, or until the operation completes.
  bool is_outstanding_after(steady::duration duration) {
    const auto end = steady::now() + duration;
    context.restart();
    while (!done_ && context.run_one_until(end) != 0) {
    }
    return !done_;
  }

  /// The same for one that must not complete.
  void stay_outstanding(steady::duration duration) {
    demand(is_outstanding_after(duration), done_ ? "it has completed: " + done_->ec.message() : "");
  }

  /// Sets the deadline of what is outstanding, or will be, and remembers it.
  void expire_soon() { expire_soon(stream); }
  void expire_soon(tcp_stream& which) {
    deadline_ = steady::now() + soon;
    which.expires_at(deadline_, direction::both);
  }

  /// Remembers a deadline that is set otherwise: not before this point in time plus `timeout`.
  void expect_deadline(steady::duration timeout = soon) { deadline_ = steady::now() + timeout; }

  /// Checks for a timeout, and how late it is.
  void is_timeout(const outcome& done) {
    demand(done.ec == error::timeout, "no timeout: " + done.ec.message());
    const auto lateness = done.when - deadline_;
    demand(lateness >= 0ns, "a timeout is early");
    demand(lateness < late, "a timeout is late");
    if (!lateness_ || lateness > *lateness_) lateness_ = lateness;
    reported_ = "`timeout`";
  }

  /// Checks for one of these errors, which have to come before the deadline.
  void is(const outcome& done, std::initializer_list<error_code> allowed) {
    bool is_allowed = false;
    for (const error_code& each : allowed) is_allowed |= done.ec == each;
    demand(is_allowed, "another error: " + done.ec.message());
    reported_ = done.ec ? name_of(done.ec) : "success";
  }

  /// Adds to the report what else has been checked.
  void note(const std::string& text) { reported_ += (reported_.empty() ? "" : "; ") + text; }

  /// Sets the report, whether or not there were timeouts on the way.
  void all_came(const std::string& text) { reported_ = text; }

  /// Closes the stream, and checks that nothing is left.
  void end() {
    stream.close();
    context.restart();
    context.run_for(patience);
    demand(context.stopped(), "something is still outstanding");
  }

  const std::string& reported() const { return reported_; }
  std::optional<steady::duration> lateness() const { return lateness_; }

  timed::backend::io_context context;
  tcp_stream stream{context};

 private:
  static std::string name_of(const error_code& ec) {
    if (ec == net::error::connection_reset) return "`connection_reset`";
    if (ec == net::error::broken_pipe) return "`broken_pipe`";
    if (ec == net::error::connection_refused) return "`connection_refused`";
    if (ec == net::error::host_unreachable) return "`host_unreachable`";
    if (ec == net::error::network_unreachable) return "`network_unreachable`";
    if (ec == boost::system::errc::address_not_available) return "`address_not_available`";
    if (ec == net::error::timed_out) return "`net::error::timed_out`";
    return ec.message();
  }

  const tcp::endpoint first_port_;
  std::optional<outcome> done_;
  steady::time_point deadline_;
  std::optional<steady::duration> lateness_;
  std::string reported_;
};

}  // namespace timed::tests::network

#endif  // TIMED_TESTS_NETWORK_SCENARIO_H
