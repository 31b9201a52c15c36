// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/open_loop_requests.h"

#include <hdr/hdr_histogram.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clients/echo_meter.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

using clock = std::chrono::steady_clock;
using nanoseconds = std::chrono::nanoseconds;

constexpr unsigned seconds_max = 60;

// A histogram of nanoseconds up to a minute, with three significant digits.
class histogram {
 public:
  histogram() {
    if (::hdr_init(1, std::int64_t{seconds_max} * 1'000'000'000, 3, &of_) != 0) {
      throw std::bad_alloc();
    }
  }
  histogram(const histogram&) = delete;
  ~histogram() { ::hdr_close(of_); }

  void record(nanoseconds value) {
    if (!::hdr_record_value(of_, value.count())) {
      throw std::runtime_error("a request took " + std::to_string(value.count()) + " ns");
    }
  }
  std::int64_t percentile(double percent) const { return ::hdr_value_at_percentile(of_, percent); }
  std::int64_t max() const { return ::hdr_max(of_); }
  std::uint64_t count() const { return static_cast<std::uint64_t>(of_->total_count); }
  void reset() { ::hdr_reset(of_); }

 private:
  ::hdr_histogram* of_ = nullptr;
};

using message = std::array<char, echo_bytes>;

message request_of(std::uint64_t number) {
  message request{};
  for (std::size_t i = 0; i < request.size(); ++i) request[i] = static_cast<char>(i);
  std::memcpy(request.data(), &number, sizeof(number));
  return request;
}

class connection {
 public:
  explicit connection(const sockaddr_in& server) : descriptor_(connect_to(server)) {}

  int descriptor() const { return descriptor_.get(); }

  void ask(std::uint64_t number) {
    unanswered_.push_back(number);
    const message request = request_of(number);
    unsent_.insert(unsent_.end(), request.begin(), request.end());
    send_rest();
  }

  bool has_unsent() const { return !unsent_.empty(); }

  void send_rest() {
    while (!unsent_.empty()) {
      const ::ssize_t sent =
          ::send(descriptor(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) return;
      check_call(sent, "send");
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
    }
  }

  // Reads what has arrived, and calls `on_answer(number)` for each complete answer.
  void receive(auto on_answer) {
    std::array<char, 4096> bytes;
    const ::ssize_t received = ::recv(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    check_call(received, "recv");
    if (received == 0) throw std::runtime_error("the server has closed a connection");
    for (::ssize_t i = 0; i < received; ++i) {
      answer_[received_++] = bytes[static_cast<std::size_t>(i)];
      if (received_ < echo_bytes) continue;
      received_ = 0;
      if (unanswered_.empty() || answer_ != request_of(unanswered_.front())) {
        throw std::runtime_error("an answer is not what was sent");
      }
      on_answer(unanswered_.front());
      unanswered_.pop_front();
    }
  }

 private:
  owned_descriptor descriptor_;
  std::deque<std::uint64_t> unanswered_;
  std::vector<char> unsent_;
  std::size_t received_ = 0;
  message answer_{};
};

class client {
 public:
  client(const sockaddr_in& server, std::size_t connections)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1") {
    for (std::size_t i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<connection>(server));
      ::epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = connections_.back().get();
      check_call(
          ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_.back()->descriptor(), &event),
          "epoll_ctl");
    }
  }

  open_loop_results make(const open_loop_order& order) {
    if (order.is_new != 0) reset(order.seed);
    const std::vector<nanoseconds> times = plan(order);
    const clock::time_point began = clock::now();
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    clock::time_point now = began;
    while (answered < order.requests) {
      for (now = clock::now(); asked < order.requests && began + times[asked] <= now; ++asked) {
        late_.record(clock::now() - began - times[asked]);
        connections_[asked % connections_.size()]->ask(asked);
      }
      // Never blocks: waking up takes longer than an answer.
      std::array<::epoll_event, 64> ready;
      const int count = ::epoll_wait(epoll_.get(), ready.data(), ready.size(), 0);
      if (count < 0 && errno != EINTR) check_call(count, "epoll_wait");
      for (int i = 0; i < count; ++i) {
        auto& connection_ready =
            *static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
        connection_ready.receive([&](std::uint64_t number) {
          now = clock::now();
          latencies_.record(now - began - times[number]);
          ++answered;
        });
      }
      for (const auto& client_connection : connections_) {
        if (client_connection->has_unsent()) client_connection->send_rest();
      }
    }
    planned_ += times.back();
    taken_ += now - began;
    return results();
  }

 private:
  std::vector<nanoseconds> plan(const open_loop_order& order) {
    std::exponential_distribution<double> gap_ns(order.rate_per_s / 1e9);
    std::vector<nanoseconds> times(order.requests);
    double at_ns = 0;
    for (nanoseconds& time : times) {
      time = nanoseconds(static_cast<std::int64_t>(at_ns));
      at_ns += gap_ns(random_);
    }
    return times;
  }

  void reset(std::uint64_t seed) {
    random_.seed(seed);
    latencies_.reset();
    late_.reset();
    planned_ = taken_ = {};
  }

  open_loop_results results() const {
    return {.samples = latencies_.count(),
            .p50_ns = latencies_.percentile(50),
            .p90_ns = latencies_.percentile(90),
            .p99_ns = latencies_.percentile(99),
            .p99_9_ns = latencies_.percentile(99.9),
            .max_ns = latencies_.max(),
            .late_p99_ns = late_.percentile(99),
            .late_max_ns = late_.max(),
            .planned_s = std::chrono::duration<double>(planned_).count(),
            .taken_s = std::chrono::duration<double>(taken_).count()};
  }

  owned_descriptor epoll_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::mt19937_64 random_;
  histogram latencies_;
  histogram late_;
  nanoseconds planned_{};
  nanoseconds taken_{};
};

// @return The results in the client's message; nothing if it is a text.
std::optional<open_loop_results> results_in(const std::string& text) {
  open_loop_results results{};
  if (text.size() != sizeof(results)) return std::nullopt;
  std::memcpy(&results, text.data(), sizeof(results));
  return results;
}

}  // namespace

open_loop_results open_loop_client::await_end() {
  const std::string answer = client_->receive();
  const std::optional<open_loop_results> results = results_in(answer);
  if (!results) throw std::runtime_error("the client: " + answer);
  return *results;
}

std::string open_loop_client::failure() {
  const std::string answer = client_->failure();
  return results_in(answer) ? "it has got all answers" : answer;
}

void make_open_loop_requests(int control, const sockaddr_in& server, std::size_t connections) {
  client all(server, connections);
  open_loop_order order{};
  while (::recv(control, &order, sizeof(order), 0) == sizeof(order)) {
    ::alarm(seconds_max);  // ends the process
    const open_loop_results results = all.make(order);
    ::alarm(0);
    check_call(::send(control, &results, sizeof(results), MSG_NOSIGNAL), "send");
  }
}

}  // namespace timed::bench
