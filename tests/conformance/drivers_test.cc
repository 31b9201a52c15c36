// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// What watches the deadlines, on every kind of execution context and executor: those that are
// recognised, and one that cannot be.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/connected.h"

namespace timed::tests {
namespace {

using steady = std::chrono::steady_clock;
using io_executor = net::io_context::executor_type;
using pool_executor = net::thread_pool::executor_type;

// An executor as programs write them around Asio's, which nobody can see through.
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
  requires(net::can_require_v<const Inner&, Property>&& std::is_same_v<
           Property, net::execution::outstanding_work_t::tracked_t>) auto require(Property property)
      const {
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
struct make;

template <>
struct make<io_executor> {
  static io_executor from(net::io_context& context) { return context.get_executor(); }
};
template <>
struct make<pool_executor> {
  static pool_executor from(net::thread_pool& pool) { return pool.get_executor(); }
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
      const net::ip::tcp::socket any(context);
      return;
    } catch (const boost::system::system_error& error) {
      if (error.code() != net::error::no_memory || steady::now() > end) throw;
      std::this_thread::sleep_for(50ms);
    }
  }
}

// Runs a context until it has nothing to do.
void run(net::io_context& context) {
  context.restart();
  context.run();
}
void run(net::thread_pool& pool) {
  pool.join();
}

template <class Kind>
class driver : public testing::Test {
 public:
  using stream_type = typename tcp_stream::rebind_executor<
      typename held_as<typename Kind::executor_type>::type>::other;
  using context_type = typename Kind::context_type;

  driver() { await_backend(context); }

  auto executor() { return make<typename Kind::executor_type>::from(context); }

  std::conditional_t<std::is_same_v<context_type, net::thread_pool>, net::thread_pool,
                     timed::backend::io_context>
      context;
};

using kinds = testing::Types<
    kind<net::io_context, io_executor>, kind<net::io_context, net::strand<io_executor>>,
    kind<net::io_context, net::strand<net::strand<io_executor>>>,
    kind<net::io_context, any_of<io_executor>>,
    kind<net::io_context, any_of<net::strand<io_executor>>>,
    kind<net::io_context, any_of<opaque<io_executor>>>, kind<net::io_context, opaque<io_executor>>,
    kind<net::io_context, net::strand<opaque<io_executor>>>, kind<net::thread_pool, pool_executor>,
    kind<net::thread_pool, net::strand<pool_executor>>,
    kind<net::thread_pool, any_of<pool_executor>>,
    kind<net::thread_pool, any_of<net::strand<pool_executor>>>,
    kind<net::thread_pool, any_of<opaque<pool_executor>>>,
    kind<net::thread_pool, opaque<pool_executor>>>;
TYPED_TEST_SUITE(driver, kinds);

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
    stream.expires_after(60ms);
    began = steady::now();
    read([self = this->shared_from_this()](error_code ec) {
      self->second = ec;
      self->took = steady::now() - self->began;
    });
    stream.expires_after(20ms);
    stream.expires_after(40ms);
  }

  Stream stream;
  typename Stream::socket_type peer;
  std::array<char, 8> memory{};
  error_code first = net::error::fault;
  error_code second = net::error::fault;
  steady::time_point began;
  steady::duration took{};
};

TYPED_TEST(driver, times_operations_out_and_lets_the_context_end) {
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
    EXPECT_GE(each->took, 40ms);
  }
}

// The deadline of 30 s is still in the queue when the stream, the handlers and all else are gone.
TYPED_TEST(driver, lets_the_context_end_while_deadlines_are_far_and_be_used_again) {
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

TYPED_TEST(driver, may_be_destroyed_with_its_context_while_deadlines_are_filed) {
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

// The rest is about one context, whatever its executors.

using lifetime = connected<tcp_stream>;

TEST_F(lifetime, of_a_stopped_context_goes_on_with_its_deadlines_when_it_is_restarted) {
  std::array<char, 8> memory{};
  std::optional<result> read, written;
  stream.expires_after(20ms);
  stream.async_read_some(net::buffer(memory), store(read));
  net::post(context, [this] { context.stop(); });
  context.run();
  EXPECT_FALSE(read.has_value());
  std::this_thread::sleep_for(40ms);  // nobody runs it while the deadline passes
  EXPECT_FALSE(read.has_value());
  context.restart();
  context.run_for(20s);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, error::timeout);
}

TEST_F(lifetime, of_a_context_that_is_polled_now_and_then_is_enough_for_deadlines) {
  std::array<char, 8> memory{};
  std::optional<result> read;
  stream.expires_after(20ms);
  stream.async_read_some(net::buffer(memory), store(read));
  const auto began = steady::now();
  while (!read && steady::now() < began + 20s) {
    context.restart();
    context.poll();
    std::this_thread::sleep_for(3ms);
  }
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ec, error::timeout);
  EXPECT_GE(steady::now() - began, 20ms);
}

// One that has run out of work before, with a deadline in its queue that is far.
TEST_F(lifetime, of_a_context_may_end_and_begin_again_with_nearer_deadlines) {
  std::array<char, 8> memory{};
  for (const auto timeout : {30'000ms, 30ms, 30'000ms, 10ms, 1ms}) {
    tcp_stream each(context);
    auto peer_of_each = connected_peer(each);
    std::optional<result> read;
    each.expires_after(timeout);
    each.async_read_some(net::buffer(memory), store(read));
    if (timeout > 1s) peer_of_each.write_some(net::buffer("x", 1));
    run_until(read);
    EXPECT_EQ(read->ec, timeout > 1s ? error_code() : error::timeout);
    run_to_end();
  }
}

// An operation that completes within its initiating function, while nothing else is outstanding and
// nobody runs the context: its deadline has been filed all the same.
TEST_F(lifetime, of_a_context_is_not_stopped_by_a_deadline_that_nothing_is_outstanding_for) {
  for (int round = 0; round < 2; ++round) {
    bool done = false;
    stream.expires_after(round == 0 ? 30s : 5s);
    stream.async_write_some(
        net::buffer("x", 1),
        net::bind_immediate_executor(net::system_executor(),
                                     [&done](error_code, std::size_t) { done = true; }));
    EXPECT_FALSE(context.stopped());
    bool posted = false;
    net::post(context, [&posted] { posted = true; });
    context.run();
    EXPECT_TRUE(posted);
    EXPECT_TRUE(done);
    context.restart();
  }
}

template <class T>
struct failing_allocator {
  using value_type = T;
  failing_allocator() = default;
  template <class Other>
  failing_allocator(const failing_allocator<Other>&) {}
  T* allocate(std::size_t) { throw std::bad_alloc(); }
  void deallocate(T*, std::size_t) {}
  friend bool operator==(failing_allocator, failing_allocator) { return true; }
};

// Its deadline has been filed by then. The next operation, which need not file its own, is waited
// for all the same.
TEST_F(lifetime, of_an_operation_may_end_by_an_exception_and_the_next_one_has_its_deadline) {
  std::array<char, 8> memory{};
  stream.expires_after(100ms);
  EXPECT_THROW(stream.async_read_some(
                   net::buffer(memory),
                   net::bind_allocator(failing_allocator<void*>(), [](error_code, std::size_t) {})),
               std::bad_alloc);
  std::optional<result> read;
  stream.expires_after(250ms);
  stream.async_read_some(net::buffer(memory), store(read));
  run_until(read, 5s);
  EXPECT_EQ(read->ec, error::timeout);
}

// Each stream is destroyed by another thread than those that watch its deadlines, at about the
// moment they pass.
TEST(lifetime_of_streams, may_end_on_any_thread_while_their_deadlines_pass) {
  timed::backend::io_context context;
  auto work = net::make_work_guard(context);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { context.run(); });
  std::atomic<int> handlers = 0;
  constexpr int count = 500;
  std::array<char, 8> memory{};
  for (int i = 0; i < count; ++i) {
    std::optional<unix_stream> stream(std::in_place, context);
    unix_stream::socket_type peer(context);
    connect_sockets(stream->socket(), peer);
    stream->expires_after(std::chrono::microseconds(i % 40 * 50));
    stream->async_read_some(net::buffer(memory), [&](error_code ec, std::size_t) {
      EXPECT_TRUE(ec == error::timeout || ec == net::error::operation_aborted) << ec;
      ++handlers;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 300));
    stream.reset();
  }
  work.reset();
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(handlers, count);
}

// Runs `program` in a child process.
// @return What that exits with; -1 if it is killed.
class child_process {
 public:
  explicit child_process(const std::function<int()>& program) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork() failed");
    if (pid_ != 0) return;
    int status = 99;
    try {
      status = program();
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "in the child: %s\n", thrown.what());
    }
    ::_exit(status);
  }
  child_process(const child_process&) = delete;
  ~child_process() { (void)wait(); }

  void send(int signal) const { ::kill(pid_, signal); }

  int wait() {
    if (pid_ == 0) return status_;
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  ::pid_t pid_;
  int status_ = 0;
};

// Of its deadlines some pass while it sleeps, and some do not.
TEST(lifetime_of_processes, may_be_suspended_past_their_deadlines) {
  constexpr int count = 50;
  child_process child([] {
    timed::backend::io_context context;
    std::array<char, 8> memory{};
    std::vector<std::unique_ptr<unix_stream>> streams;
    std::vector<unix_stream::socket_type> peers;
    int early = 0, timed_out = 0, others = 0;
    error_code far = net::error::fault;
    const auto began = steady::now();
    for (int i = 0; i <= count; ++i) {
      auto& stream = *streams.emplace_back(std::make_unique<unix_stream>(context));
      connect_sockets(stream.socket(), peers.emplace_back(context));
      const auto due = began + (i < count ? i * 20ms : 60s);
      stream.expires_at(due);
      stream.async_read_some(net::buffer(memory), [&, due, i](error_code ec, std::size_t) {
        if (i == count) {
          far = ec;
        } else {
          ++(ec == error::timeout ? timed_out : others);
          if (steady::now() < due) ++early;
          if (timed_out == count) peers.back().write_some(net::buffer("x", 1));
        }
      });
    }
    context.run();
    const bool right = timed_out == count && others == 0 && early == 0 && !far;
    if (!right) std::fprintf(stderr, "%d timed out, %d not, %d early\n", timed_out, others, early);
    return right && steady::now() - began < 30s ? 0 : 1;
  });
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(100ms);
    child.send(SIGSTOP);
    std::this_thread::sleep_for(200ms);
    child.send(SIGCONT);
  }
  EXPECT_EQ(child.wait(), 0);
}

// What was begun before the fork goes on in both. But not on Asio's io_uring (Boost 1.92): there no
// timer fires after a fork if one was waited for before, so that nothing may be begun before.
TEST(lifetime_of_processes, may_fork_and_go_on_in_both) {
  const bool may_begin_before = backend::name() != "io_uring";
  timed::backend::io_context context;
  std::array<char, 8> memory{};
  std::optional<result> before;
  unix_stream stream(context);
  auto peer = connected_peer(stream);
  if (may_begin_before) {
    stream.expires_after(200ms);
    stream.async_read_some(net::buffer(memory), store(before));
    context.run_for(10ms);
  }
  const auto go_on = [&] {
    unix_stream own(context);
    auto own_peer = connected_peer(own);
    std::array<char, 8> own_memory{};
    std::optional<result> read;
    const auto began = steady::now();
    own.expires_after(30ms);
    own.async_read_some(net::buffer(own_memory), store(read));
    context.restart();
    context.run_for(10s);
    return read && read->ec == error::timeout && steady::now() - began >= 30ms &&
           (!may_begin_before || (before && before->ec == error::timeout));
  };
  context.notify_fork(net::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(net::execution_context::fork_child);
    return go_on() ? 0 : 1;
  });
  context.notify_fork(net::execution_context::fork_parent);
  EXPECT_TRUE(go_on());
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace timed::tests
