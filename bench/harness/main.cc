// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// main() of the benchmark programs: Google Benchmark's, after checks that the requested backend is
// measured.
//
// Its flags, in addition to Google Benchmark's:
//   --progress     prints the name of each entry when it starts, for bench:report.
//   --no_tracing   leaves out what is counted in a traced process.
//   --smoke_test   runs even where figures are meaningless: in a debug build or with a sanitizer.
//   --client_host=HOST:PORT  has clients run on another host, by its //bench:client.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/harness/backend_check.h"
#include "bench/harness/build_mode.h"
#include "bench/harness/client_host.h"
#include "bench/harness/cpus.h"
#include "bench/harness/entry.h"
#include "bench/harness/environment.h"
#include "timed/backend.h"

namespace timed::bench {
namespace {

bool shows_progress = false;
bool without_tracing = false;
bool smoke_test = false;
bool something_is_left_out = false;
bool an_entry_failed = false;

// Removes `flag` from the command line.
bool take_flag(int& argc, char** argv, std::string_view flag) {
  char** const end = std::remove(argv + 1, argv + argc, flag);
  const bool found = end != argv + argc;
  argc = static_cast<int>(end - argv);
  return found;
}

// Removes `flag`, "--name=", with its value from the command line.
// @return The value; nothing if it is not there.
std::optional<std::string> take_value(int& argc, char** argv, std::string_view flag) {
  char** const found = std::find_if(argv + 1, argv + argc, [&](const char* argument) {
    return std::string_view(argument).starts_with(flag);
  });
  if (found == argv + argc) return std::nullopt;
  const std::string argument = *found;
  take_flag(argc, argv, argument);
  return argument.substr(flag.size());
}

int refuse(std::string_view reason) {
  std::cerr << "error: this benchmark does not run: " << reason << '\n';
  return EXIT_FAILURE;
}

bool io_uring_is_required() {
  const char* value = std::getenv("TIMED_REQUIRE_IO_URING");
  return value != nullptr && std::string_view(value) == "1";
}

int run(int argc, char** argv) {
  shows_progress = take_flag(argc, argv, "--progress");
  without_tracing = take_flag(argc, argv, "--no_tracing");
  smoke_test = take_flag(argc, argv, "--smoke_test");
  if (const auto host = take_value(argc, argv, "--client_host=")) {
    if (!is_host_and_port(*host)) return refuse("--client_host=" + *host + " is not HOST:PORT");
    client_host() = *host;
  }
  if (!unmeasurable_because().empty() && !smoke_test) {
    return refuse(std::string(unmeasurable_because()) +
                  ", so its figures would be meaningless. Build it with -c opt and without "
                  "sanitizers, or pass --smoke_test to check that it runs.");
  }
  if (smoke_test && !io_uring_is_required()) {
    // Like the conformance tests on a machine that forbids the backend. Never when measuring.
    if (const std::string reason = backend::unavailable_reason(); !reason.empty()) {
      std::cerr << "skipped: " << reason << '\n';
      return EXIT_SUCCESS;
    }
  }

  pin_to_one_cpu();
  const std::string active = check_backend();
  for (const auto& [key, value] : describe_environment()) benchmark::AddCustomContext(key, value);
  if (!client_host().empty()) benchmark::AddCustomContext("client_host", client_host());
  benchmark::AddCustomContext("backend_built", std::string(backend::name()));
  benchmark::AddCustomContext("backend_active", active);
  benchmark::AddCustomContext("figures_mean",
                              unmeasurable_because().empty()
                                  ? "something"
                                  : "nothing: " + std::string(unmeasurable_because()));

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  register_entries();
  const std::size_t matched = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (matched == 0 && !something_is_left_out) {
    return refuse("--benchmark_filter matches none of its entries");
  }
  return an_entry_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

bool is_smoke_test() {
  return smoke_test;
}

bool is_without_tracing() {
  return without_tracing;
}

void leave_out(std::string_view what_and_reason) {
  something_is_left_out = true;
  std::cerr << "left out: " << what_and_reason << std::endl;
}

bool can_have_a_client() {
  return !client_host().empty() || can_have_a_process_beside();
}

bool can_have_a_process_beside() {
  if (cpu_for_another_process() || smoke_test) return true;
  leave_out(
      "all entries: the client needs a second CPU, and this process is allowed to use only one");
  return false;
}

benchmark::internal::Benchmark* register_entry(const std::string& name,
                                               std::function<void(benchmark::State&)> measure) {
  const auto guarded = [name, measure = std::move(measure)](benchmark::State& state) {
    if (shows_progress) {
      std::cout << "progress: " << name << ' ' << state.max_iterations << std::endl;
    }
    try {
      measure(state);
    } catch (const std::exception& failure) {
      an_entry_failed = true;
      std::cerr << "error: " << name << ": " << failure.what() << std::endl;
      state.SkipWithError(failure.what());
    }
  };
  return benchmark::RegisterBenchmark(name, guarded)->UseManualTime()->Unit(benchmark::kNanosecond);
}

}  // namespace timed::bench

int main(int argc, char** argv) {
  try {
    return timed::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    return timed::bench::refuse(failure.what());
  }
}
