// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Where and how handlers are called: executors, allocators, ownership.

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "tests/support/allocations.h"
#include "tests/support/connected.h"
#include "tests/support/failing_allocator.h"

namespace timed::tests {
namespace {

template <class Stream>
class completion : public connected<Stream> {
 public:
  std::array<char, 64> memory{};
};
TYPED_TEST_SUITE(completion, every_stream, protocol_names);

TYPED_TEST(completion, never_happens_within_the_initiating_function) {
  std::optional<result> written, expired;
  this->stream.async_write_some(net::buffer("x", 1), store(written));
  EXPECT_FALSE(written.has_value());
  this->run_until(written);
  this->stream.expires_after(0s);
  this->stream.async_write_some(net::buffer("x", 1), store(expired));
  EXPECT_FALSE(expired.has_value());
  this->run_until(expired);
}

// The system executor stands for "here and now".
TYPED_TEST(completion, goes_through_the_immediate_executor_when_nothing_is_to_be_waited_for) {
  std::optional<result> empty, expired;
  this->stream.async_write_some(net::const_buffer(),
                                net::bind_immediate_executor(net::system_executor(), store(empty)));
  EXPECT_TRUE(empty.has_value());
  this->stream.expires_after(0s);
  this->stream.async_write_some(
      net::buffer("x", 1), net::bind_immediate_executor(net::system_executor(), store(expired)));
  ASSERT_TRUE(expired.has_value());
  EXPECT_EQ(expired->ec, error::timeout);
}

TYPED_TEST(completion, of_a_write_through_the_immediate_executor_may_start_the_next_one) {
  int left = 50;
  this->stream.expires_after(20s);
  const auto write = [&](auto& self) -> void {
    this->stream.async_write_some(
        net::buffer("x", 1),
        net::bind_immediate_executor(net::system_executor(), [&](error_code ec, std::size_t n) {
          EXPECT_EQ(ec, error_code());
          EXPECT_EQ(n, 1u);
          if (--left > 0) self(self);
        }));
  };
  write(write);
  this->run_to_end();
  EXPECT_EQ(left, 0);
  std::optional<result> done;  // and the stream is none the worse for it
  this->stream.async_write_some(net::buffer("x", 1), store(done));
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
}

TYPED_TEST(completion, happens_on_the_associated_executor_also_after_a_timeout) {
  net::thread_pool pool(1);
  std::optional<result> written, timed_out, expired;
  const auto on_pool = [&](std::optional<result>& where) {
    return net::bind_executor(pool, [&pool, &where](error_code ec, std::size_t n) {
      EXPECT_TRUE(pool.get_executor().running_in_this_thread());
      where = result{ec, n};
    });
  };
  this->stream.async_write_some(net::buffer("x", 1), on_pool(written));
  this->run_to_end();
  this->stream.expires_after(10ms);
  this->stream.async_read_some(net::buffer(this->memory), on_pool(timed_out));
  this->run_to_end();
  this->stream.expires_after(0s);
  this->stream.async_write_some(net::buffer("x", 1), on_pool(expired));
  this->run_to_end();
  pool.join();
  EXPECT_EQ(written->ec, error_code());
  EXPECT_EQ(timed_out->ec, error::timeout);
  EXPECT_EQ(expired->ec, error::timeout);
}

TYPED_TEST(completion, by_default_happens_on_the_executor_of_the_stream) {
  const auto strand = net::make_strand(this->context);
  TypeParam stream(strand);
  auto peer = connected_peer(stream);
  int called = 0;
  stream.async_write_some(net::buffer("x", 1), [&](error_code, std::size_t) {
    EXPECT_TRUE(strand.running_in_this_thread());
    ++called;
    stream.expires_after(5ms);
    stream.async_read_some(net::buffer(this->memory), [&](error_code ec, std::size_t) {
      EXPECT_EQ(ec, error::timeout);
      EXPECT_TRUE(strand.running_in_this_thread());
      ++called;
    });
  });
  this->run_to_end();
  EXPECT_EQ(called, 2);
}

// Counts what is allocated through it.
template <class T>
struct counting_allocator {
  using value_type = T;

  explicit counting_allocator(int* counts) : allocated(counts) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) : allocated(other.allocated) {}

  T* allocate(std::size_t n) {
    ++allocated[0];
    ++allocated[1];
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    --allocated[1];
    std::allocator<T>().deallocate(p, n);
  }
  template <class U>
  bool operator==(const counting_allocator<U>& other) const {
    return allocated == other.allocated;
  }

  int* allocated;  // in all, and not yet freed
};

TYPED_TEST(completion, has_the_memory_from_the_associated_allocator_and_frees_it_before_the_call) {
  int counts[2] = {0, 0};
  std::optional<result> done;
  this->fill_send_buffer();
  this->stream.expires_after(20s);
  this->stream.async_write_some(
      net::buffer("x", 1),
      net::bind_allocator(counting_allocator<char>(counts), [&](error_code ec, std::size_t n) {
        EXPECT_EQ(counts[1], 0);
        done = result{ec, n};
      }));
  EXPECT_GE(counts[0], 1);
  this->drain_peer();
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
  EXPECT_EQ(counts[1], 0);
}

// Keeps a pool's only thread from running anything else.
class busy {
 public:
  explicit busy(net::thread_pool& pool) {
    net::post(pool, [future = release_.get_future()] { future.wait(); });
  }
  void end() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

TYPED_TEST(completion, in_time_is_no_timeout_when_the_handler_runs_late_on_its_own_executor) {
  for (bool is_in_time = false; !is_in_time;) {  // a busy machine may need several tries
    TypeParam stream(this->context);
    auto peer = connected_peer(stream);
    net::thread_pool pool(1);
    busy pool_thread(pool);
    std::optional<result> done;
    const auto start = std::chrono::steady_clock::now();
    stream.expires_after(50ms);
    stream.async_write_some(net::buffer("x", 1), net::bind_executor(pool, store(done)));
    this->run_to_end();  // which does not wait for the deadline, nor for the pool
    is_in_time = std::chrono::steady_clock::now() - start < 50ms;
    timed::backend::steady_timer(this->context, 80ms).wait();
    this->context.restart();
    this->context.poll();
    pool_thread.end();
    pool.join();
    if (!is_in_time) continue;
    EXPECT_EQ(done->ec, error_code());
    EXPECT_EQ(done->bytes, 1u);
    EXPECT_TRUE(stream.socket().is_open());
  }
}

TYPED_TEST(completion, on_another_executor_may_come_after_the_context_is_gone) {
  net::thread_pool pool(1);
  busy pool_thread(pool);
  std::optional<result> done;
  {
    timed::backend::io_context context;
    TypeParam stream(context);
    auto peer = connected_peer(stream);
    stream.expires_after(20s);
    stream.async_write_some(net::buffer("x", 1), net::bind_executor(pool, store(done)));
    context.run();
  }
  pool_thread.end();
  pool.join();
  EXPECT_EQ(done->bytes, 1u);
}

TYPED_TEST(completion,
           that_never_comes_as_there_is_no_memory_frees_the_direction_and_the_deadline) {
  std::optional<result> never, next;
  this->stream.expires_after(60s);
  EXPECT_THROW(
      this->stream.async_write_some(net::buffer("x", 1),
                                    net::bind_allocator(failing_allocator<char>(), store(never))),
      std::bad_alloc);
  this->run_to_end();  // and does not wait for the deadline
  EXPECT_FALSE(never.has_value());
  this->stream.async_write_some(net::buffer("x", 1), store(next));
  this->run_until(next);
  EXPECT_EQ(next->ec, error_code());
}

// Asio's timers need some, too, where the first one of a context waits.
TYPED_TEST(completion, with_a_timeout_comes_although_there_was_no_memory_to_wait_for_it) {
  std::optional<result> done;
  std::array<char, 8> nothing_comes{};
  const auto start = std::chrono::steady_clock::now();
  this->stream.expires_after(20ms);
  this->stream.async_read_some(net::buffer(nothing_comes), store(done));
  {
    const memory_shortage once;
    this->context.poll();
    const bool was_met = once.was_met();
    // Else the machine is so busy that nothing is waited for.
    if (std::chrono::steady_clock::now() - start < 20ms) {
      EXPECT_EQ(was_met, timed::backend::name() != "io_uring_native");
    }
  }
  this->context.restart();
  this->context.run_for(20s);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->ec, error::timeout);
}

TYPED_TEST(completion, of_an_operation_that_may_not_start_serves_tokens_of_any_kind) {
  std::packaged_task<void(error_code, std::size_t)> task(
      [](error_code ec, std::size_t) { EXPECT_EQ(ec, error::timeout); });
  this->stream.expires_after(0s);
  std::future<void> done = this->stream.async_write_some(net::buffer("x", 1), std::move(task));
  this->run_to_end();
  EXPECT_EQ(done.wait_for(0s), std::future_status::ready);
}

TYPED_TEST(completion, takes_a_move_only_handler) {
  std::optional<result> done;
  this->stream.expires_after(20s);
  this->stream.async_write_some(
      net::buffer("x", 1), [&done, owned = std::make_unique<int>(7)](error_code ec, std::size_t n) {
        EXPECT_EQ(*owned, 7);
        done = result{ec, n};
      });
  this->run_until(done);
  EXPECT_EQ(done->ec, error_code());
}

TYPED_TEST(completion, takes_a_copy_of_an_lvalue_handler) {
  std::optional<result> done;
  {
    const auto handler = store(done);
    this->stream.async_write_some(net::buffer("x", 1), handler);
  }
  this->run_until(done);
  EXPECT_EQ(done->bytes, 1u);
}

// The operation knows by then that it is cancelled, so that no deadline would end it any more.
TYPED_TEST(completion, of_a_cancelled_operation_needs_no_memory_for_its_slot) {
  net::cancellation_signal signal;
  std::optional<result> read;
  this->stream.expires_after(20s);
  this->stream.async_read_some(net::buffer(this->memory),
                               net::bind_cancellation_slot(signal.slot(), store(read)));
  this->context.run_for(5ms);
  std::thread([&] {  // which has no memory left over from other operations
    const memory_shortage once;
    EXPECT_NO_THROW(signal.emit(net::cancellation_type::total));
  })
      .join();
  this->run_until(read);
  EXPECT_EQ(read->ec, net::error::operation_aborted);
  EXPECT_TRUE(this->stream.socket().is_open());
}

}  // namespace
}  // namespace timed::tests
