// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/peers/good_peers.h"

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/load/peers/connection.h"
#include "tests/load/peers/loop.h"

namespace timed::tests::load {
namespace {

using request = std::array<char, request_bytes>;

request request_of(std::uint64_t number) {
  request made{};
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>(number * 7 + i);
  std::memcpy(made.data(), &number, sizeof(number));
  return made;
}

class good_peer final : public watched {
 public:
  good_peer(loop& on, std::uint16_t port, good_state& state)
      : loop_(on), port_(port), state_(state) {}

  /// Makes a request that was planned for this time.
  void ask(std::uint64_t number, time_point planned) {
    outstanding_.push_back({number, planned});
    const transfer sent = connection_.send(request_of(number));
    if (sent.has_ended) throw ended();
    if (sent.bytes != request_bytes) {
      throw std::runtime_error("the server takes no request of a good peer, of which " +
                               std::to_string(outstanding_.size()) + " are unanswered");
    }
    ++state_.asked;
    state_.own_late.record(clock::now() - planned);
  }

  /// Connects.
  void on_due() override {
    connection_.connect(port_);
    loop_.watch(connection_.socket(), EPOLLOUT, *this);
  }

  void on_events(std::uint32_t) override {
    if (!is_connected_) {
      connection_.check_connected();
      is_connected_ = true;
      loop_.change(connection_.socket(), EPOLLIN, *this);
      ++state_.connected;
    } else {
      receive();
    }
  }

 private:
  struct asked {
    std::uint64_t number;
    time_point planned;
  };

  static std::runtime_error ended() {
    return std::runtime_error("the server has ended its connection");
  }

  void receive() {
    const transfer received = connection_.receive(std::span(answer_).subspan(received_));
    if (received.has_ended) throw ended();
    received_ += received.bytes;
    if (received_ < answer_.size()) return;
    received_ = 0;
    if (outstanding_.empty() || answer_ != request_of(outstanding_.front().number)) {
      throw std::runtime_error("an answer is not what a good peer has sent");
    }
    state_.latency.record(clock::now() - outstanding_.front().planned);
    outstanding_.pop_front();
    ++state_.answered;
  }

  loop& loop_;
  const std::uint16_t port_;
  good_state& state_;
  connection connection_;
  bool is_connected_ = false;
  std::deque<asked> outstanding_;
  std::size_t received_ = 0;
  request answer_{};
};

class good_peers final : public watched {
 public:
  good_peers(const options& chosen, std::uint16_t port, good_state& state)
      : chosen_(chosen), state_(state) {
    const time_point now = clock::now();
    for (int i = 0; i < chosen.good(); ++i) {
      peers_.push_back(std::make_unique<good_peer>(loop_, port, state));
      loop_.call_at(now + interval(chosen.connects_per_s) * i, *peers_.back());
    }
  }

  void play() {
    while (state_.connected < peers_.size() || !state_.may_ask) {
      loop_.turn();
      if (state_.has_to_end) return;
    }
    planned_ = clock::now();
    on_due();
    while (!state_.has_to_end) loop_.turn();
    loop_.call_no_more(*this);
    const time_point end = clock::now() + 2 * chosen_.patience;
    while (state_.answered < state_.asked) {
      loop_.turn();
      if (clock::now() > end) {
        throw std::runtime_error(std::to_string(state_.asked - state_.answered) +
                                 " requests of good peers have got no answer");
      }
    }
  }

  // Makes the requests that are due.
  void on_due() override {
    while (planned_ <= clock::now()) {
      peers_[number_ % peers_.size()]->ask(number_, planned_);
      ++number_;
      planned_ += interval(chosen_.requests_per_s);
    }
    loop_.call_at(planned_, *this);
  }
  void on_events(std::uint32_t) override {}

 private:
  static nanoseconds interval(double per_s) {
    return nanoseconds(static_cast<std::int64_t>(1e9 / per_s));
  }

  const options& chosen_;
  good_state& state_;
  loop loop_;
  std::vector<std::unique_ptr<good_peer>> peers_;
  std::uint64_t number_ = 0;
  time_point planned_;
};

}  // namespace

void play_good_peers(const options& chosen, std::uint16_t port, good_state& state) {
  good_peers(chosen, port, state).play();
}

}  // namespace timed::tests::load
