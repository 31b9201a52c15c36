// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/outcome.h"

#include <algorithm>
#include <chrono>

namespace timed::tests::load {
namespace {

using seconds = std::chrono::duration<double>;

std::string text_of(nanoseconds time) {
  return std::to_string(seconds(time).count()) + " s";
}

}  // namespace

sample sample_of(const run_state& state, const process& server) {
  // In this order, as sessions begin and end meanwhile.
  sample now;
  const std::uint64_t ended = state.server.ended;
  now.open = state.server.opened - ended;
  now.server = server.used();
  now.open_at_most = state.server.opened - ended;
  now.answered = state.good.answered;
  now.latency = state.good.latency.read();
  now.timeouts_late = state.server.timeouts_late.read();
  return now;
}

void outcome::observe(const sample& now) {
  if (now.open > open_max) {
    open_max = now.open;
    bytes_per_session = (static_cast<double>(now.server.resident_bytes) -
                         static_cast<double>(before.server.resident_bytes)) /
                        static_cast<double>(now.open);
  }
  const auto others = static_cast<std::int64_t>(now.server.descriptors) -
                      static_cast<std::int64_t>(now.open_at_most + before.server.descriptors);
  descriptors_too_many = std::max(descriptors_too_many, others);
}

std::vector<std::string> faults_of(const outcome& seen, const options& chosen,
                                   const run_state& state) {
  std::vector<std::string> faults;
  const auto demand = [&faults](bool is_right, const std::string& otherwise) {
    if (!is_right) faults.push_back(otherwise);
  };
  const auto demand_in_time = [&](const recorder& times, const std::string& what) {
    const nanoseconds longest = times.read().percentile(1);
    demand(longest <= chosen.patience, what + text_of(longest) + " at most");
  };
  const server_state& server = state.server;
  const hostile_state& hostile = state.hostile;

  demand(state.good.asked > 0, "no good peer has made a request");
  demand(state.good.answered == state.good.asked, "requests of good peers were not answered");
  // A peer that was late itself, since it had no CPU, is not the server's fault.
  const nanoseconds longest = state.good.latency.read().percentile(1);
  const nanoseconds own_late = state.good.own_late.read().percentile(1);
  demand(longest <= chosen.patience + own_late,
         "answers to good peers starve: they took " + text_of(longest) +
             " at most, of which the peers themselves were late by " + text_of(own_late));
  demand(server.early_timeouts == 0, std::to_string(server.early_timeouts) + " timeouts are early");
  demand_in_time(server.timeouts_late, "timeouts starve: they were late by ");
  demand_in_time(server.timer_late, "timers starve: they were late by ");

  demand(chosen.slow == 0 || hostile.silent_ended > 0, "no silent peer was there");
  demand(chosen.slow < 2 || hostile.dripping_ended > 0, "no peer sent a byte now and then");
  demand(chosen.never_reading == 0 || hostile.never_read_ended > 0, "all peers read");
  const std::uint64_t timeouts =
      server.idle_timeouts + server.request_timeouts + server.write_timeouts;
  const std::uint64_t ended =
      hostile.silent_ended + hostile.dripping_ended + hostile.never_read_ended;
  demand(timeouts >= ended, "the server has ended " + std::to_string(ended) +
                                " slow peers, but only " + std::to_string(timeouts) +
                                " operations have reported a timeout");
  demand(chosen.flooders == 0 || hostile.flooded_bytes > 0, "nothing came back to flooders");
  demand(chosen.resets_per_s <= 0 || hostile.resets > 0, "no peer reset its connection");
  demand(chosen.visits_per_s <= 0 || hostile.visits > 0, "no visitor came");

  const double at_once =
      chosen.connections + 100 +
      seconds(chosen.patience).count() * (chosen.resets_per_s + chosen.visits_per_s);
  demand(static_cast<double>(seen.open_max) <= at_once,
         "sessions grow: " + std::to_string(seen.open_max) + " were open");
  demand(seen.descriptors_too_many <= 100,
         "descriptors grow: " + std::to_string(seen.descriptors_too_many) +
             " beside those of open sessions");
  const double growth_mib = (static_cast<double>(seen.last.server.resident_bytes) -
                             static_cast<double>(seen.settled.server.resident_bytes)) /
                            (1 << 20);
  demand(growth_mib <= chosen.memory_growth_mib_max,
         "memory grows: " + std::to_string(growth_mib) + " MiB more than at the start");

  demand(seen.after.open == 0, std::to_string(seen.after.open) + " sessions are left");
  demand(seen.after.server.descriptors == seen.before.server.descriptors,
         std::to_string(seen.after.server.descriptors) + " descriptors are left, where " +
             std::to_string(seen.before.server.descriptors) + " were open at the start");
  return faults;
}

}  // namespace timed::tests::load
