// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Streams on one kind of execution context and executor: tests to instantiate.

#ifndef TIMED_TESTS_SUPPORT_DRIVER_TESTS_H
#define TIMED_TESTS_SUPPORT_DRIVER_TESTS_H

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/connected.h"

namespace timed::tests {

using steady = std::chrono::steady_clock;

// An executor as programs write them around Asio's, which other code cannot see through.
template <class Inner>
class opaque {
 public:
  explicit opaque(const Inner& inner) : inner_(inner) {}

  net::execution_context& query(net::execution::context_t) const noexcept {
    return net::query(inner_, net::execution::context);
  }
  static constexpr net::execution::blocking_t query(net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }
  template <class Function>
  void execute(Function&& function) const {
    net::require(inner_, net::execution::blocking.never).execute(std::forward<Function>(function));
  }
  template <class Property>
    requires(net::can_require_v<const Inner&, Property> &&
             std::is_same_v<Property, net::execution::outstanding_work_t::tracked_t>)
  auto require(Property property) const {
    const auto tracked = net::require(inner_, property);
    return opaque<std::decay_t<decltype(tracked)>>(tracked);
  }
  friend bool operator==(const opaque&, const opaque&) = default;

 private:
  Inner inner_;
};

template <class Context, class Executor>
struct kind {
  using context_type = Context;
  using executor_type = Executor;
};

template <class Executor>
struct make {
  static Executor from(auto& context) { return context.get_executor(); }
};
template <class Inner>
struct make<net::strand<Inner>> {
  static net::strand<Inner> from(auto& context) {
    return net::make_strand(make<Inner>::from(context));
  }
};
template <class Inner>
struct make<opaque<Inner>> {
  static opaque<Inner> from(auto& context) { return opaque<Inner>(make<Inner>::from(context)); }
};

// any_io_executor that holds an executor of another type.
template <class Inner>
struct any_of : net::any_io_executor {};
template <class Inner>
struct make<any_of<Inner>> {
  static net::any_io_executor from(auto& context) { return make<Inner>::from(context); }
};

template <class Executor>
struct held_as {
  using type = Executor;
};
template <class Inner>
struct held_as<any_of<Inner>> {
  using type = net::any_io_executor;
};

// On io_uring each context locks memory, which the kernel gives back late, and which there is
// little of. `timed::backend::io_context` waits for it; a pool of Asio's does not.
template <class Context>
void await_backend(Context& context) {
  const auto end = steady::now() + 10s;
  for (;;) {
    try {
      const tcp_socket any(context);
      return;
    } catch (const boost::system::system_error& error) {
      if (error.code() != net::error::no_memory || steady::now() > end) throw;
      std::this_thread::sleep_for(50ms);
    }
  }
}

// Runs a context until it has nothing to do.
template <class Context>
void run(Context& context) {
  if constexpr (std::is_same_v<Context, net::thread_pool>) {
    context.join();
  } else {
    context.restart();
    context.run();
  }
}

template <class Kind>
class driver : public testing::Test {
 public:
  using stream_type = typename tcp_stream::rebind_executor<
      typename held_as<typename Kind::executor_type>::type>::other;
  using context_type = typename Kind::context_type;

  driver() { await_backend(context); }

  auto executor() { return make<typename Kind::executor_type>::from(context); }

  context_type context;
};

TYPED_TEST_SUITE_P(driver);

// One session's reads, one after the other: in time, moved on, and too late.
template <class Stream>
struct session : std::enable_shared_from_this<session<Stream>> {
  explicit session(const typename Stream::executor_type& executor)
      : stream(executor), peer(executor) {
    connect_sockets(stream.socket(), peer);
  }

  void start() {
    stream.expires_after(30s);
    read([self = this->shared_from_this()](error_code ec) {
      self->first = ec;
      self->start_second();
    });
    peer.write_some(net::buffer("x", 1));
  }

  template <class Next>
  void read(Next next) {
    stream.async_read_some(
        net::buffer(memory),
        [next = std::move(next)](error_code ec, std::size_t) mutable { std::move(next)(ec); });
  }

  void start_second() {
    stream.expires_after(60s);
    began = steady::now();
    read([self = this->shared_from_this()](error_code ec) {
      self->second = ec;
      self->took = steady::now() - self->began;
    });
    stream.expires_after(20ms, direction::read);
    stream.expires_after(40ms, direction::read);
    // If this thread was interrupted, the first deadline may have passed on another one.
    if (steady::now() - began >= 20ms) least = 20ms;
  }

  Stream stream;
  typename Stream::socket_type peer;
  std::array<char, 8> memory{};
  error_code first = net::error::fault;
  error_code second = net::error::fault;
  steady::time_point began;
  steady::duration took{};
  steady::duration least = 40ms;
};

TYPED_TEST_P(driver, times_operations_out_and_lets_the_context_end) {
  std::vector<std::shared_ptr<session<typename TestFixture::stream_type>>> sessions;
  const auto executor = this->executor();
  for (int i = 0; i < 20; ++i) {
    sessions.push_back(std::make_shared<session<typename TestFixture::stream_type>>(executor));
    net::post(executor, [each = sessions.back()] { each->start(); });
  }
  const auto began = steady::now();
  run(this->context);
  EXPECT_LT(steady::now() - began, 20s);
  for (const auto& each : sessions) {
    EXPECT_EQ(each->first, error_code());
    EXPECT_EQ(each->second, error::timeout);
    EXPECT_GE(each->took, each->least);
  }
}

// A read that is outstanding takes part in whatever its deadline is set to: one whose deadline is
// at the end of time, or never, waits for its byte, and one whose deadline is at the beginning does
// not.
TYPED_TEST_P(driver, moves_the_deadlines_of_outstanding_operations_to_the_ends_of_time) {
  using session_type = session<typename TestFixture::stream_type>;
  const auto executor = this->executor();
  const auto kept = std::make_shared<session_type>(executor);
  const auto passed = std::make_shared<session_type>(executor);
  const auto never = std::make_shared<session_type>(executor);
  bool is_in_time = false;
  net::post(executor, [=, &is_in_time] {
    const auto started = steady::now();
    for (const auto& each : {kept, passed, never}) {
      each->stream.expires_after(200ms);
      each->read([each](error_code ec) { each->first = ec; });
    }
    kept->stream.expires_at(steady::time_point::max() - 1ns, direction::read);
    kept->stream.expires_after(steady::duration::max() - 1ns, direction::read);
    never->stream.expires_at(steady::time_point::max(), direction::read);
    never->stream.expires_never(direction::read);
    passed->stream.expires_at(steady::time_point::max() - 1ns, direction::read);
    passed->stream.expires_at(steady::time_point::min(), direction::read);
    is_in_time = steady::now() - started < 200ms;
    // The bytes come when the 200 ms they had at first are over.
    never->stream.async_write_some(net::buffer("x", 1), [=](error_code, std::size_t) {
      std::this_thread::sleep_for(250ms);
      kept->peer.write_some(net::buffer("x", 1));
      never->peer.write_some(net::buffer("x", 1));
    });
  });
  const auto began = steady::now();
  run(this->context);
  if (!is_in_time) GTEST_SKIP() << "the first deadlines may have passed before they were moved";
  EXPECT_LT(steady::now() - began, 10s);
  EXPECT_EQ(kept->first, error_code());
  EXPECT_EQ(never->first, error_code());
  EXPECT_EQ(passed->first, error::timeout);
}

// The deadline of 30 s is still in the queue when the stream, the handlers and all else are gone.
TYPED_TEST_P(driver, lets_the_context_end_while_deadlines_are_far_and_be_used_again) {
  for (int round = 0; round < 3; ++round) {
    const auto began = steady::now();
    std::optional<error_code> done;
    auto stream = std::make_shared<typename TestFixture::stream_type>(this->executor());
    auto peer = connected_peer(*stream);
    std::array<char, 8> memory{};
    net::post(stream->get_executor(), [&, stream] {
      stream->expires_after(30s);
      stream->async_read_some(net::buffer(memory),
                              [&done, stream](error_code ec, std::size_t) { done = ec; });
      peer.write_some(net::buffer("x", 1));
    });
    stream.reset();
    run(this->context);
    EXPECT_LT(steady::now() - began, 10s);
    EXPECT_EQ(done, error_code());
    if (std::is_same_v<typename TestFixture::context_type, net::thread_pool>) break;
  }
}

TYPED_TEST_P(driver, may_be_destroyed_with_its_context_while_deadlines_are_filed) {
  struct owner {
    explicit owner(const typename TestFixture::stream_type::executor_type& executor)
        : stream(executor), peer(executor) {
      connect_sockets(stream.socket(), peer);
    }
    typename TestFixture::stream_type stream;
    typename TestFixture::stream_type::socket_type peer;
    std::array<char, 8> memory{};
  };
  std::weak_ptr<owner> seen;
  {
    std::optional<typename TestFixture::context_type> context;
    if constexpr (std::is_same_v<typename TestFixture::context_type, net::thread_pool>) {
      context.emplace(1);
    } else {
      context.emplace();
    }
    await_backend(*context);
    using maker = make<typename TypeParam::executor_type>;
    for (const auto timeout : {1ms, 20ms, 30'000ms}) {
      const auto each = std::make_shared<owner>(maker::from(*context));
      each->stream.expires_after(timeout);
      each->stream.async_read_some(net::buffer(each->memory), [each](error_code, std::size_t) {});
      seen = each;
    }
    std::this_thread::sleep_for(5ms);  // so that one of them has passed
    if constexpr (std::is_same_v<typename TestFixture::context_type, net::thread_pool>) {
      context->stop();
    }
  }
  EXPECT_TRUE(seen.expired());
}

REGISTER_TYPED_TEST_SUITE_P(driver, times_operations_out_and_lets_the_context_end,
                            moves_the_deadlines_of_outstanding_operations_to_the_ends_of_time,
                            lets_the_context_end_while_deadlines_are_far_and_be_used_again,
                            may_be_destroyed_with_its_context_while_deadlines_are_filed);

}  // namespace timed::tests

#endif  // TIMED_TESTS_SUPPORT_DRIVER_TESTS_H
