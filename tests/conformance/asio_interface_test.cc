// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Contexts, acceptors, sockets and timers have the whole interface of Asio's on each backend.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/config.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "timed/backend.h"

namespace timed::tests {
namespace {

using net::ip::tcp;
using timed::backend::basic_acceptor;
using timed::backend::basic_stream_socket;
using timed::backend::basic_timer;
using context_executor = timed::backend::io_context::executor_type;
using tcp_socket_on_context = basic_stream_socket<tcp, context_executor>;
using any_protocol = net::generic::stream_protocol;

const tcp::endpoint any_port(net::ip::address_v4::loopback(), 0);

class acceptor : public testing::Test {
 public:
  // Begins a connection to the acceptor, and returns where it is from.
  tcp::endpoint connect() {
    clients.push_back(std::make_unique<tcp_socket>(context));
    clients.back()->connect(listening.local_endpoint());
    return clients.back()->local_endpoint();
  }

  void run() {
    context.restart();
    context.run_for(20s);
    ASSERT_TRUE(context.stopped()) << "something is still outstanding";
  }

  timed::backend::io_context context;
  context_executor executor = context.get_executor();
  tcp_acceptor listening{context, any_port};
  std::vector<std::unique_ptr<tcp_socket>> clients;
  error_code ec;
  tcp::endpoint from;
};

TEST_F(acceptor, can_be_opened_by_its_constructor) {
  tcp_acceptor by_context(context, tcp::v4());
  tcp_acceptor by_executor(executor, tcp::v6());
  EXPECT_TRUE(by_context.is_open());
  EXPECT_TRUE(by_executor.is_open());
  by_context.bind(any_port);
  by_context.listen();
  EXPECT_NE(by_context.local_endpoint().port(), 0);
}

TEST_F(acceptor, can_take_over_a_descriptor_in_its_constructor) {
  const tcp::endpoint where = listening.local_endpoint();
  tcp_acceptor by_context(context, tcp::v4(), listening.release());
  tcp_acceptor by_executor(executor, tcp::v4(), by_context.release());
  EXPECT_EQ(by_executor.local_endpoint(), where);
}

TEST_F(acceptor, can_be_moved_to_another_type_of_executor) {
  basic_acceptor<tcp, context_executor> mine(context, any_port);
  const tcp::endpoint where = mine.local_endpoint();
  tcp_acceptor constructed(std::move(mine));
  EXPECT_EQ(constructed.local_endpoint(), where);
  mine = basic_acceptor<tcp, context_executor>(context, any_port);
  constructed = std::move(mine);
  EXPECT_NE(constructed.local_endpoint(), where);
}

TEST_F(acceptor, can_be_moved_to_another_protocol) {
  const tcp::endpoint where = listening.local_endpoint();
  basic_acceptor<any_protocol> any(std::move(listening));
  EXPECT_FALSE(listening.is_open());
  EXPECT_EQ(any.local_endpoint(), where);
}

TEST_F(acceptor, accepts_into_a_socket_and_tells_the_endpoint) {
  for (const bool throws : {true, false}) {
    const tcp::endpoint client = connect();
    tcp_socket peer(context);
    from = {};
    throws ? listening.accept(peer, from) : static_cast<void>(listening.accept(peer, from, ec));
    EXPECT_EQ(ec, error_code());
    EXPECT_EQ(from, client);
    EXPECT_EQ(peer.remote_endpoint(), client);
  }
}

TEST_F(acceptor, accepts_into_a_socket_of_any_protocol) {
  const tcp::endpoint client = connect();
  basic_stream_socket<any_protocol> peer(context);
  listening.accept(peer);
  EXPECT_EQ(peer.remote_endpoint(), client);
}

TEST_F(acceptor, accepts_a_socket_on_a_context_or_an_executor) {
  for (int i = 0; i < 9; ++i) connect();
  const tcp_socket_on_context on_context = listening.accept(context);
  const tcp_socket_on_context on_executor = listening.accept(executor, ec);
  EXPECT_EQ(on_context.remote_endpoint(), clients[0]->local_endpoint());
  EXPECT_EQ(on_executor.remote_endpoint(), clients[1]->local_endpoint());
  (void)listening.accept(executor);
  (void)listening.accept(context, ec);

  EXPECT_EQ(listening.accept(from).remote_endpoint(), from);
  EXPECT_EQ(from, clients[4]->local_endpoint());
  EXPECT_EQ(listening.accept(from, ec).remote_endpoint(), from);
  EXPECT_EQ(listening.accept(context, from).remote_endpoint(), from);
  EXPECT_EQ(listening.accept(executor, from).remote_endpoint(), from);
  EXPECT_EQ(from, clients[7]->local_endpoint());
  EXPECT_EQ(listening.accept(context, from, ec).remote_endpoint(), from);
}

TEST_F(acceptor, reports_an_error_through_each_overload) {
  listening.close();
  tcp_socket peer(context);
  EXPECT_THROW(listening.accept(peer, from), boost::system::system_error);
  EXPECT_THROW(listening.accept(context), boost::system::system_error);
  EXPECT_THROW(listening.accept(executor, from), boost::system::system_error);
  listening.accept(peer, from, ec);
  EXPECT_EQ(ec, net::error::bad_descriptor);
  EXPECT_FALSE(listening.accept(context, ec).is_open());
  EXPECT_EQ(ec, net::error::bad_descriptor);
}

TEST_F(acceptor, accepts_asynchronously_a_socket_on_a_context_or_an_executor) {
  std::optional<error_code> done;
  std::array<tcp::endpoint, 3> endpoints;
  const auto accepted = [&](error_code result, const auto& peer) {
    done = result;
    from = peer.remote_endpoint();
  };
  const auto expect_accepted = [&](auto start) {
    const tcp::endpoint client = connect();
    done.reset();
    start();
    run();
    EXPECT_EQ(done, error_code());
    EXPECT_EQ(from, client);
  };
  expect_accepted([&] { listening.async_accept(context, accepted); });
  expect_accepted([&] { listening.async_accept(executor, accepted); });
  expect_accepted([&] { listening.async_accept(endpoints[0], accepted); });
  EXPECT_EQ(endpoints[0], from);
  expect_accepted([&] { listening.async_accept(context, endpoints[1], accepted); });
  EXPECT_EQ(endpoints[1], from);
  expect_accepted([&] { listening.async_accept(executor, endpoints[2], accepted); });
  EXPECT_EQ(endpoints[2], from);

  listening.async_accept(context, [](error_code, auto peer) {
    static_assert(std::is_same_v<decltype(peer), tcp_socket_on_context>);
  });
}

TEST_F(acceptor, accepts_asynchronously_into_a_lowest_layer) {
  for (const bool with_endpoint : {false, true}) {
    const tcp::endpoint client = connect();
    tcp_socket peer(context);
    std::optional<result> done;
    if (with_endpoint) {
      listening.async_accept(peer.lowest_layer(), from, store(done));
    } else {
      listening.async_accept(peer.lowest_layer(), store(done));
    }
    run();
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->ec, error_code());
    EXPECT_EQ(peer.remote_endpoint(), client);
    EXPECT_EQ(from, with_endpoint ? client : tcp::endpoint());
  }
}

TEST_F(acceptor, accepts_asynchronously_into_a_socket_of_any_protocol) {
  const tcp::endpoint client = connect();
  basic_stream_socket<any_protocol> peer(context);
  std::optional<result> done;
  listening.async_accept(peer, store(done));
  run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(peer.remote_endpoint(), client);
}

TEST(socket_of_any_protocol, is_made_from_one_of_each) {
  timed::backend::io_context context;
  tcp_acceptor listening(context, any_port);
  tcp_socket a(context);
  a.connect(listening.local_endpoint());
  tcp_socket_on_context b = listening.accept(context);
  basic_stream_socket<any_protocol> any_a(std::move(a));
  basic_stream_socket<any_protocol> any_b(context);
  any_b = std::move(b);
  EXPECT_FALSE(a.is_open());
  EXPECT_FALSE(b.is_open());

  EXPECT_EQ(any_a.write_some(net::buffer("hello", 5)), 5u);
  std::optional<result> done;
  std::string text(5, '\0');
  any_b.async_read_some(net::buffer(text), store(done));
  context.run();
  EXPECT_EQ(text, "hello");
  any_a.set_option(tcp::no_delay(true));
}

TEST(socket_option, of_a_buffers_size_is_what_was_set) {
  timed::backend::io_context context;
  tcp_socket socket(context, tcp::v4());
  net::socket_base::send_buffer_size send(8192);
  net::socket_base::receive_buffer_size receive(16384);
  socket.set_option(send);
  socket.set_option(receive);
  send = 0;
  receive = 0;
  socket.get_option(send);
  socket.get_option(receive);
  EXPECT_EQ(send.value(), 8192);
  EXPECT_EQ(receive.value(), 16384);
}

class timer : public testing::Test {
 public:
  // Counts what a wait has come to.
  auto count() {
    return [this](error_code ec) { ++(ec == net::error::operation_aborted ? aborted : expired); };
  }

  timed::backend::io_context context;
  int expired = 0;
  int aborted = 0;
};

TEST_F(timer, can_cancel_the_first_of_its_waits) {
  timed::backend::steady_timer waits(context, 1h);
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    waits.async_wait([&order, i](error_code ec) {
      if (ec == net::error::operation_aborted) order.push_back(i);
    });
  }
  EXPECT_EQ(waits.cancel_one(), 1u);
  context.poll();
  EXPECT_EQ(order, std::vector<int>({0}));
  EXPECT_EQ(waits.cancel(), 2u);
  EXPECT_EQ(waits.cancel_one(), 0u);
}

TEST_F(timer, whose_only_wait_is_cancelled_can_be_waited_for_again) {
  timed::backend::steady_timer waits(context, 1h);
  waits.async_wait(count());
  EXPECT_EQ(waits.cancel_one(), 1u);
  waits.expires_after(0s);
  waits.async_wait(count());
  context.run();
  EXPECT_EQ(aborted, 1);
  EXPECT_EQ(expired, 1);
}

TEST_F(timer, can_be_moved_to_another_type_of_executor_with_its_waits) {
  basic_timer<context_executor> mine(context, 1h);
  mine.async_wait(count());
  timed::backend::steady_timer constructed(std::move(mine));
  basic_timer<context_executor> other(context, 0s);
  other.async_wait(count());
  constructed = std::move(other);
  context.run();
  EXPECT_EQ(aborted, 1);
  EXPECT_EQ(expired, 1);
}

TEST_F(timer, is_a_waitable_timer_of_its_clock_and_traits) {
  using waits = timed::backend::steady_timer;
  using on_context =
      net::basic_waitable_timer<waits::clock_type, waits::traits_type, context_executor>;
  static_assert(std::is_same_v<waits::rebind_executor<context_executor>::other, on_context>);
}

TEST_F(timer, can_be_given_to_cancel_after_and_cancel_at) {
  tcp_socket a(context);
  tcp_socket b(context);
  connect_sockets(a, b);
  timed::backend::steady_timer waits(context);
  char byte;
  std::optional<result> done;
  a.async_read_some(net::buffer(&byte, 1), net::cancel_after(waits, 1ms, store(done)));
  context.run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, net::error::operation_aborted);

  done.reset();
  context.restart();
  b.write_some(net::buffer("x", 1));
  a.async_read_some(net::buffer(&byte, 1),
                    net::cancel_at(waits, std::chrono::steady_clock::now() + 1h, store(done)));
  context.run();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(done->bytes, 1u);
}

TEST(context, is_what_its_executor_is_asked_for) {
  timed::backend::io_context context;
  net::query(context.get_executor(), net::execution::context).stop();
  EXPECT_TRUE(context.stopped());
  EXPECT_TRUE(net::query(context.get_executor(), net::execution::inline_exception_handling) ==
              net::execution::inline_exception_handling.capture);
}

TEST(context, runs_a_handler_to_its_end_if_what_it_dispatches_throws) {
  timed::backend::io_context context;
  bool is_at_its_end = false;
  int later = 0;
  net::post(context, [&] {
    net::dispatch(context, [] { throw std::runtime_error("thrown"); });
    is_at_its_end = true;
    net::post(context, [&] { ++later; });
  });
  EXPECT_THROW(context.run(), std::runtime_error);
  EXPECT_TRUE(is_at_its_end);
  EXPECT_EQ(later, 0);
  EXPECT_EQ(context.run(), 1u);
  EXPECT_EQ(later, 1);
}

TEST(context, throws_what_a_handler_has_dispatched_from_each_run_function) {
  timed::backend::io_context context;
  const auto throw_inside = [&] {
    net::dispatch(context, [] { throw std::runtime_error("thrown"); });
  };
  net::post(context, throw_inside);
  EXPECT_THROW(context.run_one(), std::runtime_error);
  EXPECT_TRUE(context.stopped());
  context.restart();
  net::post(context, throw_inside);
  EXPECT_THROW(context.poll_one(), std::runtime_error);
  context.restart();
  net::post(context, [&] {
    net::post(context, throw_inside);
    EXPECT_THROW(context.poll_one(), std::runtime_error);
  });
  EXPECT_NO_THROW(context.run_for(20s));
}

TEST(context, throws_after_the_handler_that_dispatched_also_if_that_ran_the_context) {
  timed::backend::io_context context;
  int called = 0;
  net::post(context, [&] {
    net::dispatch(context, [] { throw std::runtime_error("thrown"); });
    net::post(context, [&] { ++called; });
    EXPECT_NO_THROW(context.poll_one());
    net::post(context, [&] { ++called; });
  });
  EXPECT_THROW(context.run(), std::runtime_error);
  EXPECT_EQ(called, 1);
}

TEST(context, throws_multiple_exceptions_with_the_first_of_several) {
  timed::backend::io_context context;
  net::post(context, [&] {
    for (const char* each : {"first", "second", "third"}) {
      net::dispatch(context, [each] { throw std::runtime_error(each); });
    }
  });
  try {
    context.run();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const net::multiple_exceptions& several) {
    try {
      std::rethrow_exception(several.first_exception());
    } catch (const std::runtime_error& first) {
      EXPECT_STREQ(first.what(), "first");
    }
  }
}

TEST(context, has_strands_of_its_own_type) {
  timed::backend::io_context context;
  timed::backend::io_context::strand strand(context);
  EXPECT_EQ(&strand.context(), &context);
  EXPECT_TRUE(strand == timed::backend::io_context::strand(strand));
  EXPECT_FALSE(strand.running_in_this_thread());
  bool is_running_there = false;
  net::post(strand, [&] { is_running_there = strand.running_in_this_thread(); });
  context.run();
  EXPECT_TRUE(is_running_there);
}

template <class T>
struct counting_allocator {
  using value_type = T;

  explicit counting_allocator(int& counter) : live(&counter) {}
  template <class Other>
  counting_allocator(const counting_allocator<Other>& other) : live(other.live) {}
  T* allocate(std::size_t count) {
    ++*live;
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    --*live;
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const counting_allocator&, const counting_allocator&) = default;

  int* live;
};

TEST(context, has_the_memory_of_its_services_from_an_allocator) {
  int live = 0;
  const counting_allocator<int> from(live);
  {
    timed::backend::io_context context(std::allocator_arg, from);
    EXPECT_GT(live, 0);
    net::post(context, [] {});
    EXPECT_EQ(context.run(), 1u);
  }
  EXPECT_EQ(live, 0);
  {
    timed::backend::io_context context(std::allocator_arg, from, 1);
    EXPECT_GT(live, 0);
  }
  EXPECT_EQ(live, 0);
  {
    timed::backend::io_context context(std::allocator_arg, from, net::config_from_string(""));
    EXPECT_GT(live, 0);
  }
  EXPECT_EQ(live, 0);
}

struct numbered_service : net::execution_context::service {
  inline static net::execution_context::id id;

  explicit numbered_service(net::execution_context& context, int of = 0)
      : net::execution_context::service(context), number(of) {}
  void shutdown() override {}

  const int number;
};

struct make_numbered_service : net::execution_context::service_maker {
  void make(net::execution_context& context) const override {
    net::make_service<numbered_service>(context, 42);
  }
};

TEST(context, can_be_constructed_with_services) {
  timed::backend::io_context context{make_numbered_service()};
  EXPECT_TRUE(net::has_service<numbered_service>(context));
  EXPECT_EQ(net::use_service<numbered_service>(context).number, 42);
  timed::backend::io_context configured(net::config_from_string("scheduler.locking=1"));
  EXPECT_EQ(configured.poll(), 0u);
}

}  // namespace
}  // namespace timed::tests
