// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Counts the cost of an operation, by contender: instructions, allocations, system calls, ring
// submissions, handlers. Unlike times, counts are the same on a busy machine, so a regression shows
// immediately.
//
//   counts                 prints a table
//   counts --json=FILE     also writes it to a file
//   counts --check[=FILE]  fails if it differs from the figures in the repository
//   counts --renew         updates the figures in the repository

#include <gnu/libc-version.h>
#include <time.h>

#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "backends/versions.h"
#include "bench/contenders/asio/cancel_after.h"
#include "bench/contenders/asio/kept_timer.h"
#include "bench/contenders/asio/lazy_timer.h"
#include "bench/contenders/asio/plain_socket.h"
#include "bench/contenders/beast/beast.h"
#include "bench/contenders/operations.h"
#include "bench/contenders/raw_liburing/writes.h"
#include "bench/contenders/system_call.h"
#include "bench/contenders/timed/idle_timeout.h"
#include "bench/contenders/timed/never.h"
#include "bench/contenders/timed/timed.h"
#include "bench/counting/figures.h"
#include "bench/counting/loops.h"
#include "bench/harness/build_mode.h"
#include "bench/harness/expect_backend.h"
#include "timed/backend.h"
#include "timed/detail/cheap_clock.h"
#include "tools/counting/heap.h"
#include "tools/counting/traced.h"

namespace timed::bench {
namespace {

std::string figures_path() {
  return "bench/counting/figures/" + std::string(backend::name()) + ".json";
}

std::string machine() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

std::string compiler() {
#if defined(__clang__)
  return "Clang " + std::to_string(__clang_major__);
#else
  return "GCC " + std::to_string(__GNUC__);
#endif
}

// On a machine that is slow and busy, counting instructions one by one may take so long that a
// background deadline passes, which ends the child. Counts do not depend on how long it takes.
counting::traced_counts traced(const std::function<void()>& program) {
  constexpr int attempts_max = 5;
  for (int attempt = 1; attempt < attempts_max; ++attempt) {
    try {
      return counting::traced(program);
    } catch (const counting::child_has_ended&) {
    }
  }
  return counting::traced(program);
}

template <class Loop>
counts_of_entry count(std::size_t background_deadlines_count, bool has_handlers) {
  const auto per_operation = [](auto number) {
    return static_cast<double>(number) / counted_operations;
  };
  counts_of_entry counts;
  const counting::traced_counts all =
      traced([background_deadlines_count] { Loop(background_deadlines_count).run_marked(); });
  counts["instructions"] = per_operation(all.instructions);
  counts["steady_reads"] = per_operation(all.reads_of(CLOCK_MONOTONIC));
  counts["coarse_reads"] = per_operation(all.reads_of(CLOCK_MONOTONIC_COARSE));
  counts["counter_reads"] = per_operation(all.counter_reads);
  counts["system_calls"] = per_operation(all.all_system_calls());
  counts["submits"] = per_operation(all.submits);
  counts["submissions"] = per_operation(all.submissions);

  Loop loop(background_deadlines_count);
  const std::uint64_t allocations = counting::count_heap().allocations;
  const std::size_t handlers = loop.run();
  counts["allocations"] = per_operation(counting::count_heap().allocations - allocations);
  if (has_handlers) counts["handlers"] = per_operation(handlers);
  expect_backend();
  return counts;
}

template <class Contender, class Operation>
void count_contender(figures& all, std::size_t background_deadlines_count) {
  if constexpr (Contender::runs_here) {
    all.entries[std::string(Operation::name) + "/" + std::to_string(background_deadlines_count) +
                "/" + std::string(Contender::name)] =
        count<counted_loop<Contender, Operation>>(background_deadlines_count, true);
  }
}

template <class Writes>
void count_on_own_loop(figures& all, std::size_t background_deadlines_count) {
  all.entries[std::string(async_write_some::name) + "/" +
              std::to_string(background_deadlines_count) + "/" + std::string(Writes::name)] =
      count<counted_own_loop<Writes>>(background_deadlines_count, false);
}

template <class Operation>
void count_operation(figures& all, std::size_t background_deadlines_count) {
  count_contender<contenders::plain_socket, Operation>(all, background_deadlines_count);
  count_contender<contenders::timed_never, Operation>(all, background_deadlines_count);
  count_contender<contenders::timed, Operation>(all, background_deadlines_count);
  count_contender<contenders::timed_idle_timeout, Operation>(all, background_deadlines_count);
  count_contender<contenders::asio_cancel_after, Operation>(all, background_deadlines_count);
  count_contender<contenders::asio_lazy_timer, Operation>(all, background_deadlines_count);
  count_contender<contenders::asio_kept_timer, Operation>(all, background_deadlines_count);
  count_contender<contenders::beast_never, Operation>(all, background_deadlines_count);
  count_contender<contenders::beast, Operation>(all, background_deadlines_count);
}

figures count_all() {
  figures all{.backend = std::string(backend::name()),
              .compiler = compiler(),
              .machine = machine(),
              .boost = backend::boost_version(),
              .libc = std::string("glibc ") + ::gnu_get_libc_version(),
              .entries = {}};
  count_contender<contenders::system_call, async_write_some>(all, 0);
  for (const std::size_t others : {0, 1'000}) {
    count_operation<async_write_some>(all, others);
    if (backend::name() == "io_uring_native") {
      count_on_own_loop<contenders::raw_liburing_writes>(all, others);
      count_on_own_loop<contenders::raw_liburing_link_timeout_writes>(all, others);
    }
  }
  count_operation<async_write>(all, 0);
  count_operation<async_read_some>(all, 0);
  return all;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw std::runtime_error("it cannot be read. The figures of this repository are in " +
                             figures_path() + ", relative to the workspace");
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  if (!(std::ofstream(path) << text << std::flush)) {
    throw std::runtime_error(path.string() + " cannot be written");
  }
  std::cout << path.string() << " is written\n";
}

int check(const figures& now, const std::string& path) {
  figures before;
  try {
    before = from_json(read_file(path));
  } catch (const std::exception& wrong) {
    throw std::runtime_error(path + ": " + wrong.what());
  }
  const comparison found = compare(before, now);
  for (const std::string& note : found.notes) std::cout << "note: " << note << '\n';
  for (const std::string& failure : found.failures) std::cerr << "error: " << failure << '\n';
  if (found.failures.empty()) {
    std::cout << "all counts are as in " << path << '\n';
    return EXIT_SUCCESS;
  }
  std::cerr << "The counts differ from " << path
            << ". If the change is intended, renew the figures and commit them:\n"
               "    bazel run //bench:counts_"
            << backend::name() << " -- --renew\n";
  return EXIT_FAILURE;
}

std::filesystem::path path_in_workspace() {
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace == nullptr) {
    throw std::runtime_error("--renew writes into the workspace: run it with `bazel run`");
  }
  return std::filesystem::path(workspace) / figures_path();
}

struct options {
  std::string json;
  std::string check;
  bool renews = false;
  bool is_wrong = false;
};

options parse(int argc, char** argv) {
  options read;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--renew") {
      read.renews = true;
    } else if (flag == "--check") {
      read.check = figures_path();
    } else if (flag.starts_with("--check=")) {
      read.check = flag.substr(flag.find('=') + 1);
    } else if (flag.starts_with("--json=")) {
      read.json = flag.substr(flag.find('=') + 1);
    } else {
      read.is_wrong = true;
      std::cerr << "error: " << flag
                << " is not one of --json=FILE, --check, --check=FILE and --renew\n";
    }
  }
  return read;
}

int run(int argc, char** argv) {
  const options asked = parse(argc, argv);
  if (asked.is_wrong) return 2;
  if (!unmeasurable_because().empty()) {
    throw std::runtime_error(std::string(unmeasurable_because()) +
                             ", so its counts would differ. Build it with -c opt and without "
                             "sanitizers");
  }
  if (const std::string reason = backend::unavailable_reason(); !reason.empty()) {
    // The test skips, like others on a machine that forbids the backend. A request for figures
    // fails.
    const char* const required = std::getenv("TIMED_REQUIRE_IO_URING");
    const bool is_required = required != nullptr && std::string_view(required) == "1";
    if (asked.check.empty() || is_required) throw std::runtime_error(reason);
    std::cerr << "skipped: " << reason << '\n';
    return EXIT_SUCCESS;
  }
  // The figures in the repository are those with the time stamp counter. It works everywhere, even
  // if the clock source makes the library read the coarse clock.
  const bool is_compared = !asked.check.empty() || asked.renews;
  if (is_compared && detail::cheap_clock::has_counter) {
    detail::cheap_clock::use(detail::time_source::tsc);
  }
  const figures now = count_all();
  std::cout << table_of(now);
  if (!asked.json.empty()) write_file(asked.json, to_json(now));
  if (asked.renews) write_file(path_in_workspace(), to_json(now));
  return asked.check.empty() ? EXIT_SUCCESS : check(now, asked.check);
}

}  // namespace
}  // namespace timed::bench

int main(int argc, char** argv) {
  try {
    return timed::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
