// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/peers/hostile_peers.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/load/peers/hostile_peer.h"
#include "tests/load/peers/kinds.h"

namespace timed::tests::load {
namespace {

class hostile_peers {
 public:
  hostile_peers(const options& chosen, std::uint16_t port, hostile_state& state)
      : process_{.chosen = chosen, .port = port, .state = state} {
    const nanoseconds gap(static_cast<std::int64_t>(1e9 / chosen.connects_per_s));
    for (int i = 0; i < chosen.slow; ++i) {
      i % 2 == 0 ? add<silent_peer>(gap * i) : add<dripping_peer>(gap * i);
    }
    for (int i = 0; i < chosen.flooders; ++i) add<flooder>(nanoseconds());
    for (int i = 0; i < chosen.never_reading; ++i) add<never_reading_peer>(nanoseconds());
    add_at_rate<resetting_peer>(chosen.resets_per_s);
    add_at_rate<visitor>(chosen.visits_per_s);
  }

  void play() {
    while (!process_.state.has_to_end) turn();
    for (const auto& each : peers_) each->come_no_more();
    while (!std::ranges::all_of(peers_, [](const auto& each) { return each->is_gone(); })) turn();
  }

 private:
  template <class Peer>
  void add(nanoseconds after, auto... more) {
    peers_.push_back(std::make_unique<Peer>(process_, more...));
    peers_.back()->begin(clock::now() + after);
  }

  // As many that there are some 20 visits per second of each.
  template <class Peer>
  void add_at_rate(double per_s) {
    const double count = std::ceil(per_s / 20);
    for (double i = 0; i < count; ++i) {
      const nanoseconds period(static_cast<std::int64_t>(1e9 * count / per_s));
      add<Peer>(period * static_cast<int>(i) / static_cast<int>(count), period);
    }
  }

  void turn() {
    const time_point before = clock::now();
    if (process_.events.turn() && before >= next_check_) {
      // All that had arrived before has been seen.
      next_check_ = before + std::chrono::milliseconds(500);
      for (const auto& each : peers_) check(*each, before);
    }
  }

  void check(const hostile_peer& each, time_point now) const {
    if (each.has_to_end_by() >= now - process_.chosen.patience) return;
    const std::chrono::duration<double> late = now - each.has_to_end_by();
    throw std::runtime_error(std::string(each.name()) + " is still connected " +
                             std::to_string(late.count()) +
                             " s after the server should have ended its connection");
  }

  hostile_process process_;
  std::vector<std::unique_ptr<hostile_peer>> peers_;
  time_point next_check_;
};

}  // namespace

void play_hostile_peers(const options& chosen, std::uint16_t port, hostile_state& state) {
  hostile_peers(chosen, port, state).play();
}

}  // namespace timed::tests::load
