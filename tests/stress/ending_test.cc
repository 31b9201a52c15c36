// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Operations that are ended from elsewhere, in the ways that are promised to work. Meant for the
// thread sanitizer; right without it, too.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/threads.h"

namespace timed::tests {
namespace {

// A stream with a peer. While it does not read, a write of more than the socket takes waits.
template <class Stream>
struct pair {
  template <class Executor>
  explicit pair(const Executor& executor)
      : stream(std::make_unique<Stream>(executor)), peer(executor) {
    connect_sockets(stream->socket(), peer);
  }

  std::unique_ptr<Stream> stream;
  typename Stream::socket_type peer;
  std::array<char, 64> memory{};
};

template <class Stream>
class ending : public testing::Test {
 public:
  static constexpr int count = 200;

  // A context that threads run while the test goes on.
  timed::backend::io_context context;
  std::optional<net::executor_work_guard<timed::backend::io_context::executor_type>> work{
      context.get_executor()};
};
TYPED_TEST_SUITE(ending, every_stream, protocol_names);

// Each way in its turn.
template <class Stream>
void end(std::unique_ptr<Stream>& stream, int way) {
  if (way % 3 == 0) stream->close();
  if (way % 3 == 1) stream->cancel();
  if (way % 3 == 2) stream.reset();
}

// At about the moment in which the peer writes: either outcome is right. The handler leaves the
// stream alone, so that nothing else uses it meanwhile.
TYPED_TEST(ending, of_one_operation_is_possible_on_another_thread) {
  std::vector<std::unique_ptr<pair<TypeParam>>> pairs;
  std::atomic<int> completed = 0;
  for (int i = 0; i < this->count; ++i) {
    auto& each =
        *pairs.emplace_back(std::make_unique<pair<TypeParam>>(this->context.get_executor()));
    each.stream->expires_after(60s);
    each.stream->async_read_some(net::buffer(each.memory), [&](error_code ec, std::size_t n) {
      EXPECT_TRUE(ec ? ec == net::error::operation_aborted : n == 1) << ec;
      ++completed;
    });
  }
  this->work.reset();
  runners running(3, [this] { this->context.run(); });
  for (int i = 0; i < this->count; ++i) {
    auto& each = *pairs[static_cast<std::size_t>(i)];
    if (i % 2 == 0) ::send(each.peer.native_handle(), "x", 1, MSG_NOSIGNAL);
    end(each.stream, i);
  }
  running.join();
  EXPECT_EQ(completed, this->count);
}

// Writes without end, until one fails.
template <class Stream>
struct endless : std::enable_shared_from_this<endless<Stream>> {
  explicit endless(timed::backend::io_context& context)
      : on(net::make_strand(context)), sides(on), data(1 << 20, 'd') {}

  void write() {
    sides.stream->expires_after(60s);
    net::async_write(*sides.stream, net::buffer(data),
                     [self = this->shared_from_this()](error_code ec, std::size_t) {
                       if (!ec) return self->write();
                       self->last = ec;
                     });
  }

  net::strand<timed::backend::io_context::executor_type> on;
  pair<typename Stream::template rebind_executor<
      net::strand<timed::backend::io_context::executor_type>>::other>
      sides;
  std::vector<char> data;
  error_code last;
};

// Reads what is there from each peer, again and again, up to so many bytes of each.
template <class Chains>
class drain {
 public:
  explicit drain(const Chains& from,
                 std::size_t most_of_each = std::numeric_limits<std::size_t>::max())
      : thread_([this, &from, most_of_each] {
          std::vector<char> block(1 << 16);
          std::vector<std::size_t> left(from.size(), most_of_each);
          while (!stops_) {
            for (std::size_t i = 0; i < from.size(); ++i) {
              const ssize_t bytes = ::recv(from[i]->sides.peer.native_handle(), block.data(),
                                           std::min(block.size(), left[i]), MSG_DONTWAIT);
              if (bytes > 0) left[i] -= static_cast<std::size_t>(bytes);
            }
          }
        }) {}
  drain(const drain&) = delete;
  ~drain() {
    stops_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

TYPED_TEST(ending, of_a_chain_is_possible_by_close_that_is_posted_to_its_strand) {
  std::vector<std::shared_ptr<endless<TypeParam>>> chains;
  for (int i = 0; i < 20; ++i) {
    auto& each = chains.emplace_back(std::make_shared<endless<TypeParam>>(this->context));
    net::post(each->on, [each] { each->write(); });
  }
  {
    const drain peers(chains);
    runners running(3, [this] { this->context.run(); });
    for (const auto& each : chains) {
      std::this_thread::sleep_for(1ms);
      net::post(each->on, [each] { each->sides.stream->close(); });
    }
    this->work.reset();
    running.join();
  }
  // What it reports depends on whether a part was outstanding, or had just ended.
  for (const auto& each : chains) {
    EXPECT_TRUE(each->last == net::error::operation_aborted ||
                each->last == net::error::bad_descriptor)
        << each->last;
  }
}

TYPED_TEST(ending, of_a_composed_operation_is_possible_by_a_slot_on_its_strand) {
  struct composed {
    explicit composed(timed::backend::io_context& context)
        : on(net::make_strand(context)), sides(on), data(64 << 20, 'd') {}
    net::strand<timed::backend::io_context::executor_type> on;
    pair<TypeParam> sides;
    std::vector<char> data;
    net::cancellation_signal signal;
    std::optional<result> done;
  };
  std::vector<std::shared_ptr<composed>> all;
  for (int i = 0; i < 5; ++i) {
    auto& each = all.emplace_back(std::make_shared<composed>(this->context));
    net::post(each->on, [each] {
      net::async_write(*each->sides.stream, net::buffer(each->data),
                       net::bind_cancellation_slot(each->signal.slot(), store(each->done)));
    });
  }
  {
    const drain peers(all, 16 << 20);  // no write ends before it is cancelled, however late
    runners running(3, [this] { this->context.run(); });
    for (const auto& each : all) {
      net::post(each->on, [each] { each->signal.emit(net::cancellation_type::terminal); });
    }
    this->work.reset();
    running.join();
  }
  for (const auto& each : all) {
    ASSERT_TRUE(each->done.has_value());
    EXPECT_EQ(each->done->ec, net::error::operation_aborted);
    EXPECT_LT(each->done->bytes, each->data.size());
    EXPECT_TRUE(each->sides.stream->socket().is_open());
  }
}

}  // namespace
}  // namespace timed::tests
