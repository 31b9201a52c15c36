// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/load/flags.h"
#include "tests/load/options.h"
#include "tests/load/outcome.h"
#include "tests/load/peers/good_peers.h"
#include "tests/load/peers/hostile_peers.h"
#include "tests/load/process.h"
#include "tests/load/report.h"
#include "tests/load/shared_state.h"

namespace timed::tests::load {
namespace {

// The kernel refuses the backend.
class unavailable : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class load_run {
 public:
  load_run(const options& chosen, const backend_server& server)
      : chosen_(chosen), backend_server_(server) {
    seen_.backend = server.backend;
  }

  // @return What should not have been.
  std::vector<std::string> play() {
    start_server();
    try {
      start_peers();
      observe();
      end_peers();
      end_server();
    } catch (const std::runtime_error& failure) {
      print_summary(seen_, chosen_, state_);
      return {failure.what()};
    }
    print_summary(seen_, chosen_, state_);
    return faults_of(seen_, chosen_, state_);
  }

 private:
  void start_server() {
    server_.start([this] {
      const std::string reason = backend_server_.unavailable_reason();
      if (!reason.empty()) return state_.server.unavailable.set(reason);
      backend_server_.serve(chosen_, state_.server);
    });
    wait_for([&] { return state_.server.is_listening || !server_.runs(); }, chosen_.patience,
             "the server to listen");
    if (const std::string reason = state_.server.unavailable.get(); !reason.empty()) {
      throw unavailable(reason);
    }
    server_.must_run(true);
    seen_.before = sample_of(state_, server_);
  }

  void start_peers() {
    good_.start([this] { play_good_peers(chosen_, state_.server.port_of_good, state_.good); });
    good_.must_run(true);
    const auto good = static_cast<std::uint64_t>(chosen_.good());
    wait_for([&] { return state_.good.connected == good; },
             chosen_.patience + 10 * ramp_of(chosen_.good()), "the good peers to connect");
    hostile_.start(
        [this] { play_hostile_peers(chosen_, state_.server.port_of_strangers, state_.hostile); });
    hostile_.must_run(true);
    const time_point end = clock::now() + ramp_of(chosen_.slow);
    while (clock::now() < end) pause();
  }

  nanoseconds ramp_of(int connections) const {
    return nanoseconds(static_cast<std::int64_t>(connections * 1e9 / chosen_.connects_per_s));
  }

  // The time in which good peers make requests.
  void observe() {
    state_.good.may_ask = true;
    const time_point begin = clock::now();
    time_point next_sample = begin;
    time_point next_row = begin + chosen_.report_every;
    sample at_last_row = sample_of(state_, server_);
    bool has_settled = false;
    const bool has_rows = chosen_.report_every < chosen_.duration();
    if (has_rows) print_rows_title();
    while (clock::now() < begin + chosen_.duration()) {
      pause();
      const time_point now = clock::now();
      if (now < next_sample) continue;
      next_sample = now + std::min<nanoseconds>(std::chrono::seconds(1), chosen_.duration() / 10);
      const sample current = sample_of(state_, server_);
      seen_.observe(current);
      if (!has_settled && now >= begin + chosen_.duration() / 5) {
        has_settled = true;
        seen_.settled = current;
      }
      if (now < next_row) continue;
      next_row += chosen_.report_every;
      print_row(now - begin, at_last_row, current);
      at_last_row = current;
    }
    seen_.last = sample_of(state_, server_);
    if (!has_settled) seen_.settled = seen_.last;
    if (has_rows) print_row(clock::now() - begin, at_last_row, seen_.last);
  }

  void end_peers() {
    const limits& given = chosen_.of_strangers;
    hostile_.must_run(false);
    state_.hostile.has_to_end = true;
    wait_for([&] { return !hostile_.runs(); },
             given.idle + given.request + given.write + 2 * chosen_.patience,
             "the server to end the hostile peers' connections");
    good_.must_run(false);
    state_.good.has_to_end = true;
    wait_for([&] { return !good_.runs(); }, 3 * chosen_.patience, "answers to good peers");
  }

  void end_server() {
    const time_point end = clock::now() + chosen_.patience;
    do {
      pause();
      seen_.after = sample_of(state_, server_);
    } while (clock::now() < end && !is_as_before(seen_.after));
    if (!is_as_before(seen_.after)) return;
    server_.must_run(false);
    state_.server.has_to_stop = true;
    wait_for([&] { return !server_.runs(); }, chosen_.patience,
             "the server's context to run out of work");
  }

  bool is_as_before(const sample& now) const {
    return now.open == 0 && now.server.descriptors == seen_.before.server.descriptors;
  }

  template <class Condition>
  void wait_for(Condition condition, nanoseconds at_most, const char* what) {
    const time_point end = clock::now() + at_most;
    while (!condition()) {
      if (clock::now() > end) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most);
        throw std::runtime_error("it takes more than " + std::to_string(seconds.count()) +
                                 " s (see --patience) for " + what);
      }
      pause();
    }
  }

  // Sleeps a little. Throws if a process has failed.
  void pause() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (process* each : {&server_, &good_, &hostile_}) each->check();
  }

  const options& chosen_;
  const backend_server& backend_server_;
  shared_run_state memory_;
  run_state& state_ = *memory_;
  process server_{"the server", state_.server.failure};
  process good_{"a good peer", state_.good.failure};
  process hostile_{"a hostile peer", state_.hostile.failure};
  outcome seen_;
};

bool is(const char* variable, std::string_view value) {
  const char* const found = std::getenv(variable);
  return found != nullptr && found == value;
}

int fail(const std::string& why) {
  std::printf("FAILED: %s\n", why.c_str());
  return EXIT_FAILURE;
}

}  // namespace

int run(int argc, char** argv, const backend_server& server) {
  try {
    const std::optional<options> parsed = parse_flags(argc, argv);
    if (!parsed) return EXIT_SUCCESS;
    const options& chosen = *parsed;
    if (const char* const expected = std::getenv("TIMED_EXPECTED_BACKEND");
        expected != nullptr && server.backend != expected) {
      return fail("this program is built for " + std::string(server.backend) +
                  ", but TIMED_EXPECTED_BACKEND is " + expected +
                  ": unset it, or run the program of that backend");
    }
    if (chosen.uses_beast && !server.can_use_beast) {
      return fail("Beast's stream runs on Asio's contexts only, not on " +
                  std::string(server.backend));
    }
    // Beside those that last, there are some that come and go.
    need_descriptors(static_cast<std::uint64_t>(chosen.connections) + 700);
    const std::vector<std::string> faults = load_run(chosen, server).play();
    for (const std::string& each : faults) fail(each);
    return faults.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const unavailable& reason) {
    if (is("TIMED_REQUIRE_IO_URING", "1")) return fail(reason.what());
    std::printf("skipped: %s\n", reason.what());
    return EXIT_SUCCESS;
  } catch (const std::exception& failure) {
    return fail(failure.what());
  }
}

}  // namespace timed::tests::load
