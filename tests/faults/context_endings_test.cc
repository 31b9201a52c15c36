// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Contexts that are stopped, run elsewhere, or destroyed, while an operation is in any state: its
// handler is called once, or destroyed without a call, and nothing is left.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "tests/support/open_descriptors.h"
#include "timed/rate_policy.h"
#include "timed/teardown.h"

namespace timed::tests {
namespace {

using limited_stream = basic_stream<net::ip::tcp, net::any_io_executor, simple_rate_policy>;

// What an operation needs. Its handler owns it.
struct parts {
  explicit parts(timed::backend::io_context& context)
      : stream(context), peer(context), acceptor(context, {net::ip::address_v4::loopback(), 0}) {}

  void expires_after(std::chrono::milliseconds timeout) {
    expires_at = std::chrono::steady_clock::now() + timeout;
    stream.expires_after(timeout);
  }

  limited_stream stream;
  std::chrono::steady_clock::time_point expires_at;  // or a little later
  tcp_socket peer;
  tcp_acceptor acceptor;
  std::array<char, 8> memory{};
  std::vector<tcp_socket> fillers;
};

// Counts the handlers that have been called, and knows whether one still exists.
struct watched {
  int called = 0;
  std::shared_ptr<int> exists = std::make_shared<int>();
};

struct owning_handler {
  watched* by;
  std::shared_ptr<parts> owned;
  std::shared_ptr<int> exists;

  void operator()(error_code, std::size_t = 0) const { ++by->called; }
  void operator()(error_code, const net::ip::tcp::endpoint&) const { ++by->called; }
};

struct state {
  std::string name;
  // Starts an operation and brings it into the state.
  std::function<void(timed::backend::io_context&, const std::shared_ptr<parts>&, owning_handler)>
      reach;
};

void connect_both(parts& with) {
  connect_sockets(with.stream.socket(), with.peer);
  with.expires_after(200ms);
}

void start_read(const std::shared_ptr<parts>& with, owning_handler done) {
  connect_both(*with);
  with->stream.async_read_some(net::buffer(with->memory), std::move(done));
}

// To where no answer comes from.
net::ip::tcp::endpoint silent_endpoint(parts& with) {
  with.fillers = stop_answering(with.acceptor);
  return with.acceptor.local_endpoint();
}

std::vector<state> states() {
  using context_type = timed::backend::io_context;
  using shared = const std::shared_ptr<parts>&;
  return {
      {"started", [](context_type&, shared with, owning_handler done) { start_read(with, done); }},
      {"waiting",
       [](context_type& context, shared with, owning_handler done) {
         start_read(with, std::move(done));
         context.poll();
       }},
      {"due",
       [](context_type& context, shared with, owning_handler done) {
         connect_both(*with);
         with->expires_after(5ms);
         with->stream.async_read_some(net::buffer(with->memory), std::move(done));
         context.poll();
         std::this_thread::sleep_for(10ms);
       }},
      {"ready",
       [](context_type& context, shared with, owning_handler done) {
         start_read(with, std::move(done));
         context.poll();
         with->peer.write_some(net::buffer("y", 1));
       }},
      {"cancelled",
       [](context_type& context, shared with, owning_handler done) {
         start_read(with, std::move(done));
         context.poll();
         with->stream.cancel();
       }},
      {"closed",
       [](context_type& context, shared with, owning_handler done) {
         start_read(with, std::move(done));
         context.poll();
         with->stream.close();
       }},
      {"writing",
       [](context_type& context, shared with, owning_handler done) {
         static const std::vector<char> large(64 << 20, 'w');
         connect_both(*with);
         net::async_write(with->stream, net::buffer(large), std::move(done));
         context.poll();
       }},
      {"refused",
       [](context_type&, shared with, owning_handler done) {
         connect_both(*with);
         with->expires_after(0s);
         with->stream.async_read_some(net::buffer(with->memory), std::move(done));
       }},
      {"waiting_for_the_rate_policy",
       [](context_type& context, shared with, owning_handler done) {
         static const std::vector<char> large(1 << 16, 'w');
         connect_both(*with);
         with->stream.rate_policy().write_limit(1000);
         net::async_write(with->stream, net::buffer(large), std::move(done));
         context.poll();
       }},
      {"connecting",
       [](context_type& context, shared with, owning_handler done) {
         with->expires_after(200ms);
         with->stream.async_connect(silent_endpoint(*with), std::move(done));
         context.poll();
       }},
      {"connecting_to_a_range",
       [](context_type& context, shared with, owning_handler done) {
         const auto endpoint = silent_endpoint(*with);
         with->expires_after(200ms);
         with->stream.async_connect(std::vector{endpoint, endpoint}, std::move(done));
         context.poll();
       }},
      {"tearing_down",
       [](context_type& context, shared with, owning_handler done) {
         connect_both(*with);
         async_teardown(boost::beast::role_type{1}, with->stream, std::move(done));
         context.poll();
       }},
  };
}

struct ending {
  std::string name;
  bool calls_handler;
  std::function<void(std::unique_ptr<timed::backend::io_context>&)> happen;
};

void run_to_end(timed::backend::io_context& context) {
  context.restart();
  context.run_for(20s);
  EXPECT_TRUE(context.stopped());
}

std::vector<ending> endings() {
  using context_type = std::unique_ptr<timed::backend::io_context>;
  return {
      {"is_stopped_and_run_again", true,
       [](context_type& context) {
         context->stop();
         EXPECT_EQ(context->run(), 0u);
         run_to_end(*context);
         context.reset();
       }},
      {"is_run_by_another_thread", true,
       [](context_type& context) {
         std::thread([&] { run_to_end(*context); }).join();
         context.reset();
       }},
      {"is_destroyed", false, [](context_type& context) { context.reset(); }},
      {"is_stopped_and_destroyed", false,
       [](context_type& context) {
         context->stop();
         context.reset();
       }},
      {"is_destroyed_by_another_thread", false,
       [](context_type& context) { std::thread([&] { context.reset(); }).join(); }},
      {"is_run_by_another_thread_and_then_destroyed", true,
       [](context_type& context) {
         std::thread([&] {
           run_to_end(*context);
           context.reset();
         }).join();
       }},
  };
}

class context_with_an_operation : public testing::TestWithParam<std::tuple<state, ending>> {};

TEST_P(context_with_an_operation, leaves_nothing) {
  const auto& [reached, ends] = GetParam();
  const int before = open_descriptors();
  watched seen;
  std::unique_ptr<timed::backend::io_context> context;
  for (bool is_too_late = true; is_too_late;) {
    seen = {};
    context.reset();
    context = std::make_unique<timed::backend::io_context>();
    const auto owned = std::make_shared<parts>(*context);
    reached.reach(*context, owned, owning_handler{&seen, owned, seen.exists});
    // On a busy machine, the deadline may have passed before the state was reached.
    is_too_late = seen.called != 0 && std::chrono::steady_clock::now() >= owned->expires_at;
  }
  EXPECT_EQ(seen.called, 0);
  EXPECT_GT(seen.exists.use_count(), 1);
  ends.happen(context);
  EXPECT_EQ(seen.called, ends.calls_handler ? 1 : 0);
  EXPECT_EQ(seen.exists.use_count(), 1) << "a handler is left";
  EXPECT_EQ(open_descriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(that_is, context_with_an_operation,
                         testing::Combine(testing::ValuesIn(states()),
                                          testing::ValuesIn(endings())),
                         [](const auto& tested) {
                           return std::get<0>(tested.param).name + "_" +
                                  std::get<1>(tested.param).name;
                         });

}  // namespace
}  // namespace timed::tests
