// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A timed echo server on a pool, with one context per CPU: how many requests per second do one, two
// and more CPUs serve? Each CPU has its own client process besides, which takes about half of it,
// so that a machine with two CPUs can show what the second one brings. The time is that per request
// of all CPUs together.

#include <benchmark/benchmark.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/clients/client_process.h"
#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/echo_requests.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/cpus.h"
#include "bench/harness/entry.h"
#include "bench/harness/expect_backend.h"
#include "bench/harness/owned_descriptor.h"
#include "timed/backend.h"
#include "timed/context_pool.h"
#include "timed/tcp_stream.h"

namespace timed::bench {
namespace {

using backend::context_pool;

constexpr std::size_t connections_per_cpu = 32;

// Reads some and writes all of it back, until the client has gone.
class session : public std::enable_shared_from_this<session> {
 public:
  session(context_pool::connection counted, owned_descriptor connection)
      : counted_(std::move(counted)), stream_(counted_.get_executor()) {
    stream_.socket().assign(net::ip::tcp::v4(), connection.release());
  }

  void read() {
    stream_.expires_after(std::chrono::seconds(30));
    stream_.async_read_some(net::buffer(memory_),
                            [self = shared_from_this()](error_code ec, std::size_t received) {
                              if (!ec) self->write(received);
                            });
  }

 private:
  void write(std::size_t bytes) {
    stream_.expires_after(std::chrono::seconds(30));
    net::async_write(stream_, net::buffer(memory_, bytes),
                     [self = shared_from_this()](error_code ec, std::size_t) {
                       if (!ec) self->read();
                     });
  }

  context_pool::connection counted_;
  tcp_stream stream_;
  std::array<char, 1024> memory_{};
};

// The clients, each on its CPU. They are forked while this process has one thread.
class clients {
 public:
  explicit clients(const std::vector<int>& cpus) {
    for (const int cpu : cpus) {
      all_.push_back(std::make_unique<client_process>(
          connections_per_cpu,
          [cpu](int control, const sockaddr_in& server, std::size_t connections) {
            pin_to(cpu);
            make_echo_requests(control, server, connections);
          }));
    }
  }

  std::vector<owned_descriptor> take_connections(std::size_t of) {
    return all_[of]->take_connections();
  }

  // Has each of them make so many requests, and waits for the answers.
  void request(std::uint64_t each) {
    for (const auto& client : all_) client->send(std::as_bytes(std::span(&each, 1)));
    for (const auto& client : all_) {
      const std::string said = client->receive();
      if (said != requests_made) throw std::runtime_error("an echo client: " + said);
    }
  }

 private:
  std::vector<std::unique_ptr<client_process>> all_;
};

// The pool, and a thread that waits for its end.
class server {
 public:
  server(const std::vector<int>& cpus, clients& from)
      : pool_(backend::pool_options{.contexts = cpus.size(), .cpus = cpus}) {
    for (std::size_t i = 0; i < cpus.size(); ++i) {
      for (owned_descriptor& each : from.take_connections(i)) {
        std::make_shared<session>(pool_.add_connection_to(i), std::move(each))->read();
      }
    }
    runs_ = std::async(std::launch::async, [this] { return pool_.run(); });
  }
  server(const server&) = delete;
  ~server() { pool_.stop(); }

 private:
  context_pool pool_;
  std::future<std::size_t> runs_;
};

void measure(benchmark::State& state, const std::vector<int>& cpus) {
  constexpr std::uint64_t batch = 20'000;
  clients all(cpus);
  const server serving(cpus, all);
  all.request(200 * connections_per_cpu);  // caches and connections get warm
  seconds cpu{};
  seconds wall{};
  std::uint64_t made = 0;
  while (state.KeepRunningBatch(batch * cpus.size())) {
    const seconds cpu_before = cpu_time();
    const auto before = std::chrono::steady_clock::now();
    all.request(batch);
    const seconds took = std::chrono::steady_clock::now() - before;
    cpu += cpu_time() - cpu_before;
    wall += took;
    made += batch * cpus.size();
    state.SetIterationTime(took.count());
  }
  expect_backend();
  state.counters["requests_per_s"] = static_cast<double>(made) / wall.count();
  state.counters["server_cpu_ns"] = cpu.count() * 1e9 / static_cast<double>(made);
  state.counters["contexts"] = static_cast<double>(cpus.size());
}

}  // namespace

void register_entries() {
  const std::vector<int> cpus = undo_pinning();
  for (std::size_t count = 1; count <= cpus.size(); count *= 2) {
    const std::vector<int> first(cpus.begin(), cpus.begin() + static_cast<std::ptrdiff_t>(count));
    register_entry("pool_echo/" + std::to_string(count) + "_cpus",
                   [first](benchmark::State& state) { measure(state, first); });
  }
}

}  // namespace timed::bench
