// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Random histories of timed streams against a model of them: docs/testing.md.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/histories/runner.h"
#include "tests/histories/worlds.h"
#include "timed/backend.h"
#include "timed/detail/cheap_clock.h"

namespace timed::tests::histories {
namespace {

using detail::cheap_clock;
using detail::time_source;

struct options {
  std::uint64_t operations = 2'500;  ///< Of each setting.
  std::uint64_t seed = 1;
  std::string world, time, clock;  ///< Only these.
  bool is_one = false;             ///< One history: that of the seed.
  bool until_failure = false;      ///< Ends at the first failure, which is not shrunk.
  std::vector<int> steps;          ///< Those of its steps to leave; all if there are none.
};

[[noreturn]] void refuse(std::string_view argument) {
  std::fprintf(stderr,
               "unknown argument: %.*s\n"
               "  --operations=N   in each setting, from --seed=N on\n"
               "  --replay=N       one history, of which --steps=A,B,... leaves these steps\n"
               "  --world=NAME --time=real|manual --clock=tsc|coarse   only these settings\n"
               "  --until_failure  ends at the first failure, which is not shrunk\n",
               static_cast<int>(argument.size()), argument.data());
  std::exit(2);
}

options parse(int count, char** arguments) {
  options made;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--until_failure") {
      made.until_failure = true;
      continue;
    }
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) refuse(argument);
    const std::string_view name = argument.substr(0, equals);
    std::string_view value = argument.substr(equals + 1);
    std::uint64_t number = 0;
    const bool is_number = std::from_chars(value.data(), value.data() + value.size(), number).ptr ==
                           value.data() + value.size();
    if (name == "--operations" && is_number) {
      made.operations = number;
    } else if ((name == "--seed" || name == "--replay") && is_number) {
      made.seed = number;
      made.is_one = name == "--replay";
    } else if (name == "--world") {
      made.world = value;
    } else if (name == "--time") {
      made.time = value;
    } else if (name == "--clock") {
      made.clock = value;
    } else if (name == "--steps") {
      while (!value.empty()) {
        int id = 0;
        const char* const end = std::from_chars(value.data(), value.data() + value.size(), id).ptr;
        made.steps.push_back(id);
        value.remove_prefix(static_cast<std::size_t>(end - value.data()));
        if (!value.empty()) value.remove_prefix(1);
      }
    } else {
      refuse(argument);
    }
  }
  return made;
}

std::vector<setting> settings(const options& only) {
  std::vector<setting> all;
  for (const world* each : {&tcp_any, &tcp_context, &tcp_strand, &tcp_foreign, &tcp_limited,
                            &unix_any, &unix_strand, &unix_limited}) {
    if (!only.world.empty() && only.world != each->name) continue;
    const time_source best = cheap_clock::has_counter ? time_source::tsc : time_source::coarse;
    for (const time_source clock : {time_source::tsc, time_source::coarse}) {
      if (clock == time_source::tsc && !cheap_clock::has_counter) continue;
      if (!only.clock.empty() && only.clock != name_of(clock)) continue;
      if (only.time != "manual") all.push_back({each, false, clock});
      if (only.time != "real" && clock == best) all.push_back({each, true, clock});
    }
  }
  return all;
}

void report(const setting& where, const verdict& found) {
  std::printf("FAILED: %s, %s, seed %llu: %s\n", std::string(timed::backend::name()).c_str(),
              where.name().c_str(), static_cast<unsigned long long>(found.seed),
              found.complaint.c_str());
  std::fflush(stdout);
}

void report_shrunk(const setting& where, const verdict& found) {
  history what = history_of(where, found.seed);
  const int attempts = where.is_manual ? 2 : 50;
  const verdict again = play_one(where, what, attempts);
  if (again.complaint.empty()) {
    std::printf("By itself this history does not fail in %d attempts.\n", attempts);
  } else {
    what = shrink(where, std::move(what));
    const verdict last = play_one(where, what, attempts);
    std::printf("Shrunk to this, where it says: %s\n",
                (last.complaint.empty() ? again : last).complaint.c_str());
  }
  std::printf("\n%s\n", to_string(what).c_str());
  std::string steps;
  for (const step& each : what.steps) steps += (steps.empty() ? "" : ",") + std::to_string(each.id);
  std::printf(
      "To replay it:\n"
      "  tools/bazelw run //tests/histories:histories_%s -- --world=%s --time=%s --clock=%s "
      "--replay=%llu --steps=%s\n",
      std::string(timed::backend::name()).c_str(), std::string(where.in->name).c_str(),
      where.is_manual ? "manual" : "real", std::string(name_of(where.clock)).c_str(),
      static_cast<unsigned long long>(found.seed), steps.c_str());
}

void print(const char* what, const totals& done) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%-36s %9llu histories, %llu inconclusive, %llu operations, %llu calls, %llu timeouts, "
      "%llu aborts, %llu bytes\n",
      what, number(done.histories), number(done.inconclusive), number(done.operations),
      number(done.calls), number(done.timeouts), number(done.aborts), number(done.bytes));
  std::fflush(stdout);
}

int replay(const options& chosen, const setting& where) {
  history what = history_of(where, chosen.seed);
  std::erase_if(what.steps, [&](const step& each) {
    return !chosen.steps.empty() &&
           std::find(chosen.steps.begin(), chosen.steps.end(), each.id) == chosen.steps.end();
  });
  std::printf("%s\n%s\n", where.name().c_str(), to_string(what).c_str());
  std::fflush(stdout);
  const verdict found = play_one(where, what, where.is_manual ? 2 : 50);
  std::printf("%s\n", found.complaint.empty() ? "right" : found.complaint.c_str());
  return found.complaint.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int play_all(const options& chosen) {
  constexpr std::uint64_t lot = 20'000;  // operations of one process
  totals all, manual;
  int status = EXIT_SUCCESS;
  for (const setting& where : settings(chosen)) {
    totals done;
    std::uint64_t seed = chosen.seed;
    while (done.operations < chosen.operations) {
      const verdict found =
          play_seeds(where, seed, std::min(lot, chosen.operations - done.operations));
      done.add(found.done);
      seed = found.seed + 1;
      if (found.complaint.empty()) continue;
      report(where, found);
      if (chosen.until_failure) return EXIT_FAILURE;
      report_shrunk(where, found);
      status = EXIT_FAILURE;
      break;
    }
    print(where.name().c_str(), done);
    all.add(done);
    if (where.is_manual) manual.add(done);
  }
  print("all", all);
  // What proves nothing has to be rare. In real time it depends on how busy the machine is.
  if (manual.inconclusive * 10 > manual.histories) {
    std::printf("FAILED: too many histories were inconclusive\n");
    return EXIT_FAILURE;
  }
  return status;
}

int run(const options& chosen) {
  if (std::getenv("TIMED_EXPECTED_BACKEND") != nullptr &&
      timed::backend::name() != std::getenv("TIMED_EXPECTED_BACKEND")) {
    std::printf("FAILED: this program is not what its name says\n");
    return EXIT_FAILURE;
  }
  if (const std::string reason = unavailable_reason(); !reason.empty()) {
    const char* const required = std::getenv("TIMED_REQUIRE_IO_URING");
    const bool fails = required != nullptr && std::string_view(required) == "1";
    std::printf("%s: %s\n", fails ? "FAILED" : "skipped", reason.c_str());
    return fails ? EXIT_FAILURE : EXIT_SUCCESS;
  }
  if (!chosen.is_one) return play_all(chosen);
  for (const setting& each : settings(chosen)) {
    const int status = replay(chosen, each);
    if (status != EXIT_SUCCESS) return status;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace timed::tests::histories

int main(int count, char** arguments) {
  using namespace timed::tests::histories;
  return run(parse(count, arguments));
}
