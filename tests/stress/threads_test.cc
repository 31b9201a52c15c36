// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Several threads run one context. Meant for the thread sanitizer; right without it, too.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/connected.h"
#include "tests/support/endpoints.h"
#include "tests/support/threads.h"

namespace timed::tests {
namespace {

void run_on_threads(timed::backend::io_context& context, int count) {
  const runners all(count, [&context] { context.run(); });
}

template <class Stream>
class threads : public connected<Stream> {};
TYPED_TEST_SUITE(threads, every_stream, protocol_names);

// One operation at a time, each started by the handler of the one before, on whichever thread
// that runs: no strand is needed, although deadlines pass on other threads meanwhile.
template <class Stream>
class half_duplex_chain : public std::enable_shared_from_this<half_duplex_chain<Stream>> {
 public:
  half_duplex_chain(timed::backend::io_context& context, int rounds)
      : stream_(context), peer_(context), rounds_(rounds) {
    connect_sockets(stream_.socket(), peer_);
  }

  // Counts, without any synchronisation of its own, what the thread sanitizer is to check.
  int completed = 0;
  error_code last;

  void write() {
    stream_.expires_after(30s);
    stream_.async_write_some(net::buffer("x", 1),
                             [self = this->shared_from_this()](error_code ec, std::size_t) {
                               ++self->completed;
                               if (ec) {
                                 self->last = ec;
                               } else {
                                 self->read_own_byte();
                               }
                             });
  }

 private:
  void read_own_byte() {
    char byte;
    peer_.read_some(net::buffer(&byte, 1));
    if (--rounds_ > 0) return write();
    stream_.expires_after(1ms);  // nothing comes: this one times out
    stream_.async_read_some(net::buffer(memory_),
                            [self = this->shared_from_this()](error_code ec, std::size_t) {
                              ++self->completed;
                              self->last = ec;
                            });
  }

  Stream stream_;
  typename Stream::socket_type peer_;
  std::array<char, 8> memory_{};
  int rounds_;
};

TYPED_TEST(threads, may_run_a_half_duplex_chain_without_a_strand) {
  std::vector<std::shared_ptr<half_duplex_chain<TypeParam>>> chains;
  for (int i = 0; i < 8; ++i) {
    chains.push_back(std::make_shared<half_duplex_chain<TypeParam>>(this->context, 200));
    chains.back()->write();
  }
  run_on_threads(this->context, 3);
  for (const auto& chain : chains) {
    EXPECT_EQ(chain->completed, 201);
    EXPECT_EQ(chain->last, error::timeout);
  }
}

// The deadline passes at about the moment in which the write completes: either outcome is right,
// and each operation has exactly one.
TYPED_TEST(threads, may_have_deadlines_pass_while_operations_complete) {
  constexpr int count = 300;
  std::atomic<int> completed = 0;
  std::atomic<int> timed_out = 0;
  struct pair {
    explicit pair(timed::backend::io_context& context) : stream(context), peer(context) {
      connect_sockets(stream.socket(), peer);
    }
    TypeParam stream;
    typename TypeParam::socket_type peer;
    std::array<char, 8> memory{};
  };
  std::vector<std::unique_ptr<pair>> pairs;
  for (int i = 0; i < count; ++i) {
    auto& each = *pairs.emplace_back(std::make_unique<pair>(this->context));
    each.stream.expires_after(std::chrono::microseconds(2000 + 10 * i));
    each.stream.async_read_some(net::buffer(each.memory), [&](error_code ec, std::size_t n) {
      EXPECT_TRUE((ec == error_code() && n == 1) || ec == error::timeout) << ec << ' ' << n;
      if (ec == error::timeout) ++timed_out;
      ++completed;
    });
  }
  std::thread writer([&] {
    for (const auto& each : pairs) {
      error_code ignored;
      each->peer.write_some(net::buffer("x", 1), ignored);
      std::this_thread::sleep_for(10us);
    }
  });
  run_on_threads(this->context, 3);
  writer.join();
  EXPECT_EQ(completed, count);
}

// Full duplex on strands, with deadlines short enough that some pass.
TYPED_TEST(threads, may_run_full_duplex_streams_on_strands) {
  using context_strand = net::strand<timed::backend::io_context::executor_type>;
  struct full_duplex : std::enable_shared_from_this<full_duplex> {
    full_duplex(timed::backend::io_context& context, int write_count)
        : on(net::make_strand(context)), stream(on), peer(context), writes_left(write_count) {
      connect_sockets(stream.socket(), peer);
    }
    void write() {
      stream.expires_after(5ms);
      stream.async_write_some(net::buffer("x", 1),
                              [self = this->shared_from_this()](error_code ec, std::size_t) {
                                ++self->handlers;
                                if (!ec && --self->writes_left > 0) self->write();
                              });
    }
    void read() {
      stream.async_read_some(net::buffer(memory),
                             [self = this->shared_from_this()](error_code ec, std::size_t) {
                               ++self->handlers;
                               self->read_result = ec;
                             });
    }
    context_strand on;
    TypeParam stream;
    typename TypeParam::socket_type peer;
    std::array<char, 8> memory{};
    int writes_left;
    int handlers = 0;
    error_code read_result;
  };
  std::vector<std::shared_ptr<full_duplex>> sessions;
  for (int i = 0; i < 50; ++i) {
    auto& each = sessions.emplace_back(std::make_shared<full_duplex>(this->context, 100));
    net::dispatch(each->on, [each] {
      each->stream.expires_after(3ms);
      each->read();
      each->write();
    });
  }
  run_on_threads(this->context, 4);
  for (const auto& each : sessions) {
    EXPECT_EQ(each->read_result, error::timeout);
    EXPECT_GE(each->handlers, 2);
  }
}

// Timeouts that leave the stream open, at about the moment in which a byte arrives. Each byte that
// the peer wrote is reported once, with success or with a timeout.
TYPED_TEST(threads, may_run_a_chain_whose_timeouts_leave_the_stream_open) {
  constexpr std::size_t bytes_each = 300;
  struct chain : std::enable_shared_from_this<chain> {
    explicit chain(timed::backend::io_context& context) : stream(context), peer(context) {
      connect_sockets(stream.socket(), peer);
      stream.on_timeout(timeout_action::cancel);
      stream.read_timeout(200us);
    }
    void read() {
      stream.async_read_some(net::buffer(memory),
                             [self = this->shared_from_this()](error_code ec, std::size_t n) {
                               self->bytes += n;
                               if (ec == error::timeout) ++self->timeouts;
                               if (ec && ec != error::timeout) {
                                 self->last = ec;
                               } else {
                                 self->read();
                               }
                             });
    }
    TypeParam stream;
    typename TypeParam::socket_type peer;
    std::array<char, 8> memory{};
    std::size_t bytes = 0;
    int timeouts = 0;
    error_code last;
  };
  std::vector<std::shared_ptr<chain>> chains;
  for (int i = 0; i < 4; ++i) {
    chains.push_back(std::make_shared<chain>(this->context));
    chains.back()->read();
  }
  std::thread writer([&] {
    for (std::size_t i = 0; i < bytes_each; ++i) {
      for (const auto& each : chains) each->peer.write_some(net::buffer("x", 1));
      std::this_thread::sleep_for(150us);
    }
    for (const auto& each : chains) each->peer.close();
  });
  run_on_threads(this->context, 3);
  writer.join();
  for (const auto& each : chains) {
    EXPECT_EQ(each->bytes, bytes_each);
    EXPECT_EQ(each->last, net::error::eof);
  }
}

// Connects of several steps, whose deadlines pass on other threads between or within the steps.
TEST(threads_of_connects, may_time_out_at_any_step) {
  using net::ip::tcp;
  timed::backend::io_context context;
  const std::vector<tcp::endpoint> endpoints(50, refusing_endpoint());
  constexpr int count = 100;
  std::atomic<int> timed_out = 0, refused = 0;
  std::vector<std::unique_ptr<tcp_stream>> streams;
  for (int i = 0; i < count; ++i) {
    auto& stream = *streams.emplace_back(std::make_unique<tcp_stream>(context));
    stream.expires_after(std::chrono::microseconds(100 * (i % 40) + 50));
    stream.async_connect(endpoints, [&](error_code ec, const tcp::endpoint& endpoint) {
      EXPECT_EQ(endpoint, tcp::endpoint());
      if (ec == error::timeout) ++timed_out;
      if (ec == net::error::connection_refused) ++refused;
    });
  }
  run_on_threads(context, 3);
  EXPECT_EQ(timed_out + refused, count);
  EXPECT_GT(timed_out, 0);
}

// No endpoint answers here, so each attempt ends by the deadline, on any of the threads.
TEST(threads_of_connects, may_time_out_while_no_peer_answers) {
  using net::ip::tcp;
  timed::backend::io_context context;
  tcp_acceptor silent(context, {net::ip::address_v4::loopback(), 0});
  const auto fillers = stop_answering(silent);
  struct chain : std::enable_shared_from_this<chain> {
    chain(timed::backend::io_context& on, const tcp::endpoint& to) : stream(on), endpoints(3, to) {}
    void connect() {
      stream.expires_after(1ms);
      stream.async_connect(endpoints,
                           [self = this->shared_from_this()](error_code ec, const tcp::endpoint&) {
                             EXPECT_EQ(ec, error::timeout);
                             if (--self->rounds > 0) self->connect();
                           });
    }
    tcp_stream stream;
    std::vector<tcp::endpoint> endpoints;
    int rounds = 100;
  };
  std::vector<std::shared_ptr<chain>> chains;
  for (int i = 0; i < 4; ++i) {
    chains.push_back(std::make_shared<chain>(context, silent.local_endpoint()));
    chains.back()->connect();
  }
  run_on_threads(context, 4);
  for (const auto& each : chains) EXPECT_EQ(each->rounds, 0);
}

// The program ends the connect on another thread, while an attempt may just be starting.
TEST(threads_of_connects, may_be_ended_at_any_step_on_another_thread) {
  using net::ip::tcp;
  timed::backend::io_context context;
  tcp_acceptor silent(context, {net::ip::address_v4::loopback(), 0});
  const auto fillers = stop_answering(silent);
  // Without an end it would take as long as TCP has patience.
  std::vector<tcp::endpoint> endpoints(20, refusing_endpoint());
  endpoints.push_back(silent.local_endpoint());
  constexpr int count = 300;
  std::atomic<int> aborted = 0;
  std::vector<std::unique_ptr<tcp_stream>> streams;
  for (int i = 0; i < count; ++i) {
    auto& stream = *streams.emplace_back(std::make_unique<tcp_stream>(context));
    stream.expires_after(60s);
    stream.async_connect(endpoints, [&](error_code ec, const tcp::endpoint& endpoint) {
      EXPECT_EQ(endpoint, tcp::endpoint());
      EXPECT_EQ(ec, net::error::operation_aborted);
      ++aborted;
    });
  }
  const auto began = std::chrono::steady_clock::now();
  std::thread ender([&] {
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (i % 3 == 0) streams[i]->close();
      if (i % 3 == 1) streams[i]->cancel();
      if (i % 3 == 2) streams[i].reset();
      std::this_thread::sleep_for(10us);
    }
  });
  run_on_threads(context, 3);
  ender.join();
  EXPECT_EQ(aborted, count);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 50s);
}

// The slot is used where the handler is called, at about the moment in which the read completes on
// a thread of the context.
template <class Stream>
class cancelled_chain {
 public:
  cancelled_chain(timed::backend::io_context& context, net::thread_pool& handlers, int rounds)
      : stream_(context),
        peer_(context),
        rounds_(rounds),
        handlers_(net::make_strand(handlers)),
        work_(context.get_executor()) {
    connect_sockets(stream_.socket(), peer_);
  }

  int completed = 0;
  int aborted = 0;

  void start() {
    net::post(handlers_, [this] { read(); });
  }

 private:
  void read() {
    stream_.expires_after(30s);
    peer_.write_some(net::buffer("x", 1));
    stream_.async_read_some(
        net::buffer(memory_),
        net::bind_executor(handlers_, net::bind_cancellation_slot(
                                          signal_.slot(), [this](error_code ec, std::size_t n) {
                                            on_read(ec, n);
                                          })));
    net::post(handlers_, [this] { signal_.emit(net::cancellation_type::total); });
  }

  void on_read(error_code ec, std::size_t n) {
    EXPECT_TRUE(ec ? ec == net::error::operation_aborted && n == 0 : n > 0) << ec << ' ' << n;
    ++completed;
    aborted += ec == net::error::operation_aborted ? 1 : 0;
    if (--rounds_ > 0) return read();
    work_.reset();
  }

  Stream stream_;
  typename Stream::socket_type peer_;
  std::array<char, 4096> memory_{};
  int rounds_;
  net::strand<net::thread_pool::executor_type> handlers_;
  net::cancellation_signal signal_;
  net::executor_work_guard<timed::backend::io_context::executor_type> work_;
};

TYPED_TEST(threads, may_cancel_by_slot_where_the_handler_is_called_while_the_operation_completes) {
  net::thread_pool handlers(2);
  constexpr int rounds = 2000;
  std::vector<std::unique_ptr<cancelled_chain<TypeParam>>> chains;
  for (int i = 0; i < 4; ++i) {
    chains.push_back(std::make_unique<cancelled_chain<TypeParam>>(this->context, handlers, rounds));
    chains.back()->start();
  }
  run_on_threads(this->context, 2);
  handlers.join();
  for (const auto& each : chains) EXPECT_EQ(each->completed, rounds);
}

}  // namespace
}  // namespace timed::tests
