// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connections that the kernel accepts before they are asked for: none is lost, and none is
// delivered twice. socket_test has what acceptors do with and without that,
// multishot_accept_endings_test how it ends, and seeds_test has it on a kernel that behaves badly.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/uring/fake_kernel.h"
#include "tests/uring/multishot_accept.h"
#include "tests/uring/support.h"

namespace timed::uring::tests {
namespace {

using namespace std::chrono_literals;
using tcp = net::ip::tcp;

TEST_F(multishot_accept, takes_one_entry_of_the_ring_for_many_connections) {
  listening.multishot_accept(100);
  accept(50);
  connect(50);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
  EXPECT_EQ(kernel.accepts, 0);
}

TEST_F(multishot_accept, is_off_by_default) {
  server other(context, elsewhere);
  other.accept(50);
  other.connect(50);
  run();
  other.expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 0);
  EXPECT_EQ(kernel.accepts, 50);
}

TEST_F(multishot_accept, needs_an_acceptor_that_is_open) {
  unix_acceptor closed(context);
  error_code ec;
  closed.multishot_accept(1, ec);
  EXPECT_EQ(ec, net::error::bad_descriptor);
  EXPECT_THROW(closed.multishot_accept(1), boost::system::system_error);
}

TEST_F(multishot_accept, keeps_connections_for_those_who_ask_later) {
  keep(5);
  accept(5);
  context.restart();
  while (context.poll_one() != 0) {
  }
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, keeps_no_more_than_the_limit) {
  listening.multishot_accept(3);
  keep(3);
  turn();  // with which the kernel has stopped
  const auto before = open_descriptors();
  connect(4);
  turn();
  EXPECT_EQ(open_descriptors(), before + 4) << "more have been accepted";
  accept(7);
  run();
  expect_all();
  EXPECT_GT(kernel.multishot_accepts, 1) << kernel.accepts;
}

TEST_F(multishot_accept, drops_none_of_those_that_come_at_once) {
  listening.multishot_accept(1);
  connect(30);
  accept(30);
  run();
  expect_all();
}

TEST_F(multishot_accept, delivers_connections_to_the_oldest_accept) {
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    listening.async_accept([&, i](error_code ec, unix_socket peer) {
      EXPECT_EQ(ec, error_code());
      welcome(peer);
      order.push_back(i);
    });
  }
  context.poll();
  connect(3);
  run();
  expect_all();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, goes_on_when_completions_do_not_fit) {
  context_on small(kernel, options{.entries = 2, .completions = 2});
  server other(small, elsewhere);
  other.listening.multishot_accept(100);
  other.connect(50);
  other.accept(50);
  small.run_for(20s);
  other.expect_all();
}

// Cancellation.

TEST_F(multishot_accept, continues_when_the_waiting_accept_is_cancelled) {
  std::optional<error_code> cancelled;
  listening.async_accept([&](error_code ec, unix_socket) { cancelled = ec; });
  context.poll();
  listening.cancel();
  run();
  EXPECT_EQ(cancelled, net::error::operation_aborted);
  connect(5);
  turn();
  accept(5);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, keeps_what_it_has_when_cancelled) {
  keep(5);
  listening.cancel();
  turn();
  accept(5);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, is_not_affected_by_a_cancellation_slot) {
  net::cancellation_signal signal;
  std::optional<error_code> cancelled;
  listening.async_accept(net::bind_cancellation_slot(
      signal.slot(), [&](error_code ec, unix_socket) { cancelled = ec; }));
  accept(2);
  context.poll();
  signal.emit(net::cancellation_type::total);
  connect(3);
  accept();
  run();
  EXPECT_EQ(cancelled, net::error::operation_aborted);
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
}

TEST_F(multishot_accept, does_not_give_a_connection_to_a_cancelled_accept) {
  std::optional<error_code> cancelled;
  listening.async_accept([&](error_code ec, unix_socket) { cancelled = ec; });
  context.poll();
  std::thread([&] { listening.cancel(); }).join();
  connect();
  run();
  EXPECT_EQ(cancelled, net::error::operation_aborted);
  accept();
  run();
  expect_all();
}

TEST_F(multishot_accept, loses_none_to_cancellations_from_other_threads) {
  auto work = net::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  constexpr int count = 200;
  int done = 0;
  while (done < count) {
    std::promise<bool> ended;
    net::cancellation_signal signal;
    listening.async_accept(
        net::bind_cancellation_slot(signal.slot(), [&](error_code ec, unix_socket peer) {
          if (!ec) welcome(peer);
          ended.set_value(!ec);
        }));
    if (clients.size() < count) connect();
    if (done % 2 == 0) {
      listening.cancel();
    } else {
      net::post(context, [&] { signal.emit(net::cancellation_type::total); });
      std::promise<void> emitted;
      net::post(context, [&] { emitted.set_value(); });
      emitted.get_future().get();
    }
    done += static_cast<int>(ended.get_future().get());
  }
  work.reset();
  runner.join();
  EXPECT_EQ(accepted.size(), clients.size());
  EXPECT_TRUE(std::is_sorted(accepted.begin(), accepted.end()));
}

// Errors.

// Leaves so many descriptors to be had while it lives.
class few_descriptors {
 public:
  explicit few_descriptors(unsigned count) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(STDERR_FILENO);
    ::close(next);
    ::rlimit few = before_;
    few.rlim_cur = static_cast<::rlim_t>(next) + count;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  few_descriptors(const few_descriptors&) = delete;
  ~few_descriptors() {
    for (const int each : taken_) ::close(each);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

  void take_all() {
    for (int next = 0; (next = ::dup(STDERR_FILENO)) >= 0;) taken_.push_back(next);
  }

 private:
  ::rlimit before_{};
  std::vector<int> taken_;
};

TEST_F(multishot_accept, reports_no_descriptors_to_the_waiting_accept) {
  std::vector<error_code> seen;
  for (int i = 0; i < 2; ++i) {
    listening.async_accept([&](error_code ec, unix_socket peer) {
      seen.push_back(ec);
      if (!ec) welcome(peer);
    });
  }
  connect();
  {
    const few_descriptors now(0);
    context.run_one();
    EXPECT_EQ(seen, std::vector{error_code(net::error::no_descriptors)});
  }
  // The connection is still there.
  context.poll();
  if (seen.size() == 2 && seen.back()) accept();  // who was told so too, if he asked at once
  run();
  expect_all();
}

TEST_F(multishot_accept, reports_nothing_if_no_accept_is_outstanding) {
  {
    few_descriptors now(10);  // the kernel takes the limit that there is when it begins
    begin();
    clients.emplace_back(elsewhere).open();
    now.take_all();
    clients.back().connect(listening.local_endpoint());
    turn();
  }
  turn();
  const unsigned char number = 1;
  clients.back().write_some(net::buffer(&number, 1));
  connect();
  accept(2);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 2);
}

TEST_F(multishot_accept, reports_an_accept_on_a_socket_that_does_not_listen) {
  unix_acceptor deaf(context);
  deaf.open();
  deaf.bind(unused_name());
  deaf.multishot_accept(10);
  std::optional<error_code> ended;
  deaf.async_accept([&](error_code ec, const unix_socket&) { ended = ec; });
  run();
  EXPECT_EQ(ended, net::error::invalid_argument);
  deaf.listen();
  ended.reset();
  unix_socket client(elsewhere);
  client.connect(deaf.local_endpoint());
  deaf.async_accept([&](error_code ec, const unix_socket&) { ended = ec; });
  run();
  EXPECT_EQ(ended, error_code());
  EXPECT_EQ(kernel.multishot_accepts, 2);
  EXPECT_EQ(kernel.accepts, 0);
}

TEST_F(multishot_accept, falls_back_to_single_accepts_if_the_kernel_does_not_support_it) {
  kernel.refuses_multishot_accept = true;
  connect(5);
  accept(5);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
  EXPECT_EQ(kernel.accepts, 5);
}

TEST_F(multishot_accept, works_on_a_descriptor_that_is_non_blocking) {
  listening.native_non_blocking(true);
  accept(3);
  context.poll();
  connect(5);
  run();
  accept(2);
  run();
  expect_all();
}

// The limit.

TEST_F(multishot_accept, gives_out_what_it_has_when_it_is_switched_off) {
  keep(3);
  listening.multishot_accept(0);
  const auto before = open_descriptors();
  connect(2);
  turn();
  EXPECT_EQ(open_descriptors(), before + 2);
  accept(5);
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 1);
  EXPECT_EQ(kernel.accepts, 2);
}

TEST_F(multishot_accept, is_switched_off_while_an_accept_is_outstanding) {
  for (const bool is_here : {true, false}) {
    const int before = kernel.accepts;
    listening.multishot_accept(10);
    accept(2);
    context.restart();
    context.poll();
    const auto off = [&] { listening.multishot_accept(0); };
    is_here ? off() : std::thread(off).join();
    context.restart();
    context.poll();
    connect(2);
    run();
    expect_all();
    EXPECT_EQ(kernel.accepts, before + 2);
  }
}

TEST_F(multishot_accept, ends_when_the_limit_is_lowered_to_what_it_has) {
  keep(3);
  listening.multishot_accept(3);
  const auto before = open_descriptors();
  connect(2);
  turn();
  EXPECT_EQ(open_descriptors(), before + 2);
  listening.multishot_accept(10);
  accept(5);
  run();
  expect_all();
}

// Those who do not use the loop.

TEST_F(multishot_accept, gives_what_it_has_to_blocking_calls) {
  keep(3);
  connect(2);  // of which the loop has not heard
  for (int i = 0; i < 5; ++i) {
    listening.wait(net::socket_base::wait_read);
    unix_socket peer = listening.accept();
    welcome(peer);
  }
  expect_all();
}

TEST_F(multishot_accept, does_not_keep_from_blocking_calls_what_comes_later) {
  begin();
  std::thread client([&] {
    // Until nothing more is accepted ahead.
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (kernel.cancellations == 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(5ms);
    connect();
  });
  unix_socket peer = listening.accept();
  client.join();
  welcome(peer);
  // It had ended, and begins again.
  accept();
  connect();
  run();
  expect_all();
  EXPECT_EQ(kernel.multishot_accepts, 2);
}

TEST_F(multishot_accept, gives_what_it_has_to_calls_that_do_not_block) {
  listening.non_blocking(true);
  error_code ec;
  begin();
  unix_socket none = listening.accept(ec);
  EXPECT_EQ(ec, net::error::would_block);
  connect(2);
  for (int i = 0; i < 2; ++i) {
    unix_socket peer = listening.accept(ec);
    ASSERT_EQ(ec, error_code());
    welcome(peer);
  }
  none = listening.accept(ec);
  EXPECT_EQ(ec, net::error::would_block);
  expect_all();
}

TEST_F(multishot_accept, gives_what_comes_to_calls_on_other_threads) {
  begin();
  auto work = net::make_work_guard(context);
  context.restart();
  std::thread runner([&] { context.run(); });
  for (int i = 0; i < 50; ++i) {
    const bool is_early = i % 2 == 0;
    std::thread client([&] {
      if (!is_early) std::this_thread::sleep_for(1ms);
      connect();
    });
    if (is_early) client.join();
    listening.wait(net::socket_base::wait_read);
    unix_socket peer = listening.accept();
    if (!is_early) client.join();
    welcome(peer);
  }
  work.reset();
  runner.join();
  expect_all();
}

TEST_F(multishot_accept, completes_waits_for_readiness) {
  std::vector<std::string> order;
  const auto wait = [&] {
    listening.async_wait(net::socket_base::wait_read, [&](error_code ec) {
      EXPECT_EQ(ec, error_code());
      order.emplace_back("ready");
    });
  };
  const auto accept_one = [&] {
    listening.async_accept([&](error_code, unix_socket peer) {
      welcome(peer);
      order.emplace_back("accepted");
    });
  };
  keep(1);
  wait();  // there is one
  accept_one();
  wait();  // there is none yet, but it is accepted ahead
  accept_one();
  turn();
  EXPECT_EQ(order, (std::vector<std::string>{"ready", "accepted"}));
  connect();
  run();
  EXPECT_EQ(order, (std::vector<std::string>{"ready", "accepted", "ready", "accepted"}));
  expect_all();
}

TEST_F(multishot_accept, keeps_waits_for_readiness_outstanding_when_it_ends) {
  begin();
  std::optional<error_code> ready;
  listening.async_wait(net::socket_base::wait_read, [&](error_code ec) { ready = ec; });
  turn();
  listening.multishot_accept(0);
  turn();
  EXPECT_FALSE(ready.has_value());
  connect();
  run();
  EXPECT_EQ(ready, error_code());
  accept();
  run();
  expect_all();
}

// Whose connections they are.

class multishot_accept_from : public testing::Test {
 public:
  multishot_accept_from() {
    listening.multishot_accept(10);
    // There is one kept after this.
    tcp_socket first(context);
    std::optional<result> done;
    listening.async_accept(first, store(done));
    first_client.connect(listening.local_endpoint());
    context.run();
    EXPECT_TRUE(done.has_value());
    client.open(tcp::v4());
    kept = ::dup(STDERR_FILENO);  // the next number, which the kernel takes for it
    ::close(kept);
    client.connect(listening.local_endpoint());
    const auto work = net::make_work_guard(context);
    context.restart();
    // TCP may deliver it later than the client has connected.
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (::fcntl(kept, F_GETFD) < 0 && std::chrono::steady_clock::now() < end) context.poll();
  }

  void accept() {
    std::optional<result> done;
    listening.async_accept(peer, from, store(done));
    context.restart();
    context.poll();
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->ec, error_code());
  }

  io_context context, elsewhere;
  basic_acceptor<tcp> listening{context, {net::ip::address_v4::loopback(), 0}};
  tcp_socket first_client{elsewhere}, client{elsewhere}, peer{context};
  tcp::endpoint from{tcp::v4(), 1};
  int kept = -1;
};

TEST_F(multishot_accept_from, reports_the_endpoint) {
  accept();
  EXPECT_EQ(from, client.local_endpoint());
  EXPECT_EQ(from, peer.remote_endpoint());
}

TEST_F(multishot_accept_from, reports_the_endpoint_to_a_blocking_accept) {
  listening.accept(peer, from);
  EXPECT_EQ(from, client.local_endpoint());
  EXPECT_EQ(from, peer.remote_endpoint());
}

TEST_F(multishot_accept_from, a_peer_that_has_gone_is_unknown) {
  client.set_option(net::socket_base::linger(true, 0));
  client.close();
  ::pollfd reset{.fd = kept, .events = 0, .revents = 0};
  ASSERT_EQ(::poll(&reset, 1, 20'000), 1);
  accept();
  EXPECT_EQ(from, tcp::endpoint());
  std::array<char, 1> byte{};
  error_code ec;
  peer.read_some(net::buffer(byte), ec);
  EXPECT_EQ(ec, net::error::connection_reset);
}

// On a kernel that behaves badly.
TEST(multishot_accept_anywhere, loses_none_and_keeps_their_order) {
  unsigned ahead = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    fake_kernel kernel(seed);
    context_on context(kernel, options{.entries = 4, .completions = 4});
    io_context elsewhere;
    server other(context, elsewhere);
    other.listening.multishot_accept(1 + seed % 5);
    std::size_t failures = 0;
    const auto accept = [&](auto again) -> void {
      if (other.accepted.size() % 2 == 0) {
        other.listening.async_wait(net::socket_base::wait_read,
                                   [](error_code ec) { EXPECT_EQ(ec, error_code()); });
      }
      other.listening.async_accept([&, again](error_code ec, unix_socket peer) {
        if (ec) {
          ASSERT_EQ(ec, net::error::no_descriptors);
          ++failures;
        } else {
          other.welcome(peer);
        }
        if (other.accepted.size() < 20) again(again);
      });
    };
    other.connect(10);
    accept(accept);
    for (int i = 0; i < 10; ++i) {
      context.poll_one();
      other.connect();
    }
    context.restart();
    context.run_for(20s);
    other.expect_all();
    ASSERT_FALSE(HasFailure()) << "with seed " << seed;
    ahead += kernel.seen().ahead;
  }
  EXPECT_GT(ahead, 1'000U);
}

}  // namespace
}  // namespace timed::uring::tests
