// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/load/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace timed::tests::load {
namespace {

[[noreturn]] void become(failure_text& failure, const std::function<void()>& program,
                         ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the parent died before the call above
  try {
    program();
  } catch (const std::exception& thrown) {
    failure.set(thrown.what());
  }
  std::exit(EXIT_SUCCESS);  // with the checks of a sanitizer
}

// Exact, where the counters in other files may lag.
std::uint64_t resident_bytes(const std::string& folder) {
  std::ifstream file(folder + "/smaps_rollup");
  std::uint64_t kilobytes = 0;
  for (std::string word; file >> word;) {
    if (word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error(folder + "/smaps_rollup does not say what is resident");
}

}  // namespace

process::~process() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void process::start(const std::function<void()>& program) {
  std::fflush(nullptr);
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(failure_, program, parent);
  pid_ = child;
}

bool process::runs() {
  const std::string failure = new_failure();
  if (!failure.empty()) throw std::runtime_error(name_ + ": " + failure);
  return pid_ != 0;
}

void process::check() {
  if (!runs() && must_run_) throw std::runtime_error(name_ + ": it has ended");
}

std::string process::new_failure() {
  int status = 0;
  if (pid_ != 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) pid_ = 0;
  if (const std::string own = failure_.get(); !own.empty()) return own;
  if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
  if (status != 0) return "it ended with status " + std::to_string(WEXITSTATUS(status));
  return "";
}

usage process::used() const {
  const std::string folder = "/proc/" + std::to_string(pid_);
  ::clockid_t cpu_clock{};
  ::timespec cpu{};
  if (::clock_getcpuclockid(pid_, &cpu_clock) != 0 || ::clock_gettime(cpu_clock, &cpu) != 0) {
    throw std::runtime_error(name_ + ": it has ended");
  }
  return {.resident_bytes = resident_bytes(folder),
          .descriptors = static_cast<std::uint64_t>(
              std::distance(std::filesystem::directory_iterator(folder + "/fd"), {})),
          .cpu_s = static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) * 1e-9};
}

void need_descriptors(std::uint64_t count) {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return;
  const ::rlim_t hard = limit.rlim_max;
  limit = {.rlim_cur = count, .rlim_max = std::max<::rlim_t>(hard, count)};
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw std::runtime_error(
      "each process needs " + std::to_string(count) + " descriptors, but the hard limit is " +
      std::to_string(hard) + ": raise it (ulimit -n " + std::to_string(count) +
      " as root; of a container, in its settings), or have fewer --connections");
}

}  // namespace timed::tests::load
