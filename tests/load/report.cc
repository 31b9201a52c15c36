// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/report.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace timed::tests::load {
namespace {

unsigned long long number(std::uint64_t value) {
  return value;
}
double mib(double bytes) {
  return bytes / (1 << 20);
}
double mib(std::uint64_t bytes) {
  return mib(static_cast<double>(bytes));
}

// "0.11 | 0.52 | 3.40": the median, the 99th percentile and the longest, in the unit of Duration.
template <class Duration>
std::string three(const distribution& of) {
  const auto in_unit = [&of](double part) {
    return std::chrono::duration<double, typename Duration::period>(of.percentile(part)).count();
  };
  std::array<char, 100> text{};
  std::snprintf(text.data(), text.size(), "%.2f | %.2f | %.2f", in_unit(0.5), in_unit(0.99),
                in_unit(1));
  return text.data();
}

}  // namespace

void print_rows_title() {
  std::printf(
      "| s | sessions | descriptors | MiB | answers | latency, ms: p50 | p99 | max "
      "| timeouts | late, ms: p50 | p99 | max | CPU s |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

void print_row(nanoseconds since_begin, const sample& earlier, const sample& now) {
  using std::chrono::milliseconds;
  const distribution late = now.timeouts_late.since(earlier.timeouts_late);
  std::printf("| %.0f | %llu | %llu | %.1f | %llu | %s | %llu | %s | %.1f |\n",
              std::chrono::duration<double>(since_begin).count(), number(now.open),
              number(now.server.descriptors), mib(now.server.resident_bytes),
              number(now.answered - earlier.answered),
              three<milliseconds>(now.latency.since(earlier.latency)).c_str(), number(late.count()),
              three<milliseconds>(late).c_str(), now.server.cpu_s - earlier.server.cpu_s);
  std::fflush(stdout);
}

void print_summary(const outcome& seen, const options& chosen, const run_state& state) {
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  const server_state& server = state.server;
  const hostile_state& hostile = state.hostile;
  const distribution late = server.timeouts_late.read();
  const std::string backend(seen.backend);
  std::printf(
      "\nPeers: %d good, %d slow, %d flooding, %d that never read; for %d s.\n"
      "Timeouts: %llu of idle peers, %llu of requests, %llu of writes; %llu early. The server has "
      "ended %llu silent peers, %llu that sent a byte now and then, %llu that never read.\n"
      "%llu connections were reset; %llu were opened and closed; %.0f MiB came back to flooders.\n"
      "A timer of the context was late by (ms: p50 | p99 | max) %s. Requests were late by %s.\n"
      "Descriptors: %llu before, %llu after. Resident MiB: %.1f before, %.1f with all peers, %.1f "
      "at the end of the time, %.1f after.\n\n",
      chosen.good(), chosen.slow, chosen.flooders, chosen.never_reading, chosen.seconds,
      number(server.idle_timeouts), number(server.request_timeouts), number(server.write_timeouts),
      number(server.early_timeouts), number(hostile.silent_ended), number(hostile.dripping_ended),
      number(hostile.never_read_ended), number(hostile.resets), number(hostile.visits),
      mib(hostile.flooded_bytes.load()), three<milliseconds>(server.timer_late.read()).c_str(),
      three<milliseconds>(state.good.own_late.read()).c_str(),
      number(seen.before.server.descriptors), number(seen.after.server.descriptors),
      mib(seen.before.server.resident_bytes), mib(seen.settled.server.resident_bytes),
      mib(seen.last.server.resident_bytes), mib(seen.after.server.resident_bytes));
  std::printf(
      "| backend | stream | connections | answers | latency, ms: p50 | p99 | max | timeouts "
      "| late, ms: p50 | p99 | max | closing, us: p50 | p99 | max | KiB per session | CPU s |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
      "| %s | %s | %d | %llu | %s | %llu | %s | %s | %.1f | %.1f |\n",
      backend.c_str(), chosen.uses_beast ? "beast" : "timed", chosen.connections,
      number(state.good.answered), three<milliseconds>(state.good.latency.read()).c_str(),
      number(late.count()), three<milliseconds>(late).c_str(),
      three<microseconds>(server.closing.read()).c_str(), seen.bytes_per_session / 1024,
      seen.last.server.cpu_s - seen.before.server.cpu_s);
}

}  // namespace timed::tests::load
