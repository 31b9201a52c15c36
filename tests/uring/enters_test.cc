// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// How many system calls the loop makes for a round trip, compared with a loop by hand: round trips
// of 64 bytes between Unix sockets, both ends in one thread.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "tests/uring/forwarding_kernel.h"
#include "tests/uring/support.h"
#include "timed/uring/detail/ring/ring.h"

namespace timed::uring::tests {
namespace {

constexpr std::size_t message_bytes = 64;

// Counts the system calls.
class call_counter final : public forwarding_kernel {
 public:
  std::size_t enters = 0;
  std::size_t transfers = 0;  // By send(2) and recv(2).

  int enter(io_uring& ring, unsigned to_submit, unsigned wait_for, unsigned flags,
            const void* argument, std::size_t size) override {
    ++enters;
    return real().enter(ring, to_submit, wait_for, flags, argument, size);
  }
  ssize_t send(int descriptor, const void* data, std::size_t size, int flags) override {
    ++transfers;
    return real().send(descriptor, data, size, flags);
  }
  ssize_t receive(int descriptor, void* data, std::size_t size, int flags) override {
    ++transfers;
    return real().receive(descriptor, data, size, flags);
  }
};

// Our loop.
class sockets {
 public:
  static constexpr const char* name = "timed::uring";

  sockets(detail::kernel& system, std::size_t connections) : context_(system) {
    for (std::size_t i = 0; i < connections; ++i) {
      clients_.push_back(std::make_unique<end>(*this));
      servers_.push_back(std::make_unique<end>(*this));
      connect_pair(clients_.back()->socket, servers_.back()->socket);
      servers_.back()->answer();
    }
  }

  void run(std::size_t round_trips) {
    to_begin_ = to_end_ = round_trips;
    for (const auto& each : clients_) each->ask();
    context_.restart();
    context_.run();
    ASSERT_EQ(to_end_, 0U);
  }

 private:
  struct end {
    explicit end(sockets& owner) : all(owner), socket(owner.context_) {}

    void ask() {
      if (all.to_begin_ == 0) return;
      --all.to_begin_;
      socket.async_write_some(net::buffer(memory), [this](error_code, std::size_t) {
        socket.async_read_some(net::buffer(memory), [this](error_code ec, std::size_t bytes) {
          if (ec) return;
          ASSERT_EQ(bytes, message_bytes);
          if (--all.to_end_ == 0) all.context_.stop();
          ask();
        });
      });
    }
    void answer() {
      socket.async_read_some(net::buffer(memory), [this](error_code failed, std::size_t) {
        if (failed) return;
        socket.async_write_some(net::buffer(memory), [this](error_code ec, std::size_t) {
          if (!ec) answer();
        });
      });
    }

    sockets& all;
    unix_socket socket;
    std::array<char, message_bytes> memory{};
  };

  context_on context_;
  std::vector<std::unique_ptr<end>> clients_;
  std::vector<std::unique_ptr<end>> servers_;
  std::size_t to_begin_ = 0;
  std::size_t to_end_ = 0;
};

// A loop by hand, on a ring that is set up in the same way: no handlers, no executor, no
// cancellation.
class by_hand {
 public:
  static constexpr const char* name = "by hand";

  by_hand(detail::kernel& system, std::size_t connections)
      : ends_(2 * connections), ring_(system, options{.entries = 1024}, counters_) {
    ring_.enable();
    for (std::size_t i = 0; i < ends_.size(); i += 2) {
      std::array<int, 2> pair{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
      }
      ends_[i].descriptor = pair[0];
      ends_[i + 1].descriptor = pair[1];
      ends_[i + 1].is_server = true;
      read(ends_[i + 1]);
    }
  }
  by_hand(const by_hand&) = delete;
  by_hand& operator=(const by_hand&) = delete;
  ~by_hand() {
    ring_.close_and_wait();
    for (const end& each : ends_) ::close(each.descriptor);
  }

  void run(std::size_t round_trips) {
    std::size_t to_begin = round_trips, to_end = round_trips;
    for (std::size_t i = 0; i < ends_.size() && to_begin > 0; i += 2, --to_begin) write(ends_[i]);
    while (to_end > 0) {
      ring_.enter(detail::ring::time_point::max());
      ring_.take_completions([&](const io_uring_cqe& entry) {
        auto& at = *reinterpret_cast<end*>(entry.user_data);
        ASSERT_EQ(entry.res, static_cast<int>(message_bytes));
        if (!at.is_reading) return read(at);
        at.is_reading = false;
        if (!at.is_server) {
          --to_end;
          if (to_begin == 0) return;
          --to_begin;
        }
        write(at);
      });
    }
  }

 private:
  struct end {
    int descriptor = -1;
    bool is_server = false;
    bool is_reading = false;
    std::array<char, message_bytes> memory{};
  };

  void read(end& at) {
    io_uring_sqe* const entry = ring_.prepare();
    ::io_uring_prep_recv(entry, at.descriptor, at.memory.data(), message_bytes, 0);
    entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    ::io_uring_sqe_set_data(entry, &at);
    at.is_reading = true;
  }
  void write(end& at) {
    io_uring_sqe* const entry = ring_.prepare();
    ::io_uring_prep_send(entry, at.descriptor, at.memory.data(), message_bytes, MSG_NOSIGNAL);
    ::io_uring_sqe_set_data(entry, &at);
  }

  std::vector<end> ends_;
  detail::ring_counters counters_;
  detail::ring ring_;  // Closed before the memory is freed.
};

struct calls {
  double enters = 0;
  double transfers = 0;
};

// Per round trip, once the loop has settled.
template <class Loop>
calls count(std::size_t connections) {
  call_counter kernel;
  Loop loop(kernel, connections);
  const std::size_t round_trips = std::max<std::size_t>(2'000, 40 * connections);
  loop.run(round_trips);
  kernel.enters = kernel.transfers = 0;
  loop.run(round_trips);
  const auto per_round_trip = [&](std::size_t number) {
    return static_cast<double>(number) / static_cast<double>(round_trips);
  };
  const calls counted{per_round_trip(kernel.enters), per_round_trip(kernel.transfers)};
  std::printf("%4zu connections, %-12s: %.4f enters, %.4f sends and receives per round trip\n",
              connections, Loop::name, counted.enters, counted.transfers);
  return counted;
}

class enters : public testing::TestWithParam<std::size_t> {
 public:
  enters() {
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
};

TEST_P(enters, are_as_few_as_by_hand) {
  const calls ours = count<sockets>(GetParam());
  const calls hand = count<by_hand>(GetParam());
  EXPECT_LE(ours.enters, 1.1 * hand.enters);
  // Reads that are tried by recv(2) and find nothing.
  EXPECT_LE(ours.transfers, 0.06);
}

INSTANTIATE_TEST_SUITE_P(of_connections, enters, testing::Values(1U, 10U, 100U, 1'000U),
                         [](const auto& tested) { return std::to_string(tested.param); });

}  // namespace
}  // namespace timed::uring::tests
