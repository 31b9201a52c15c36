// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/contenders/outside/outside_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "bench/clients/tcp_sockets.h"
#include "bench/harness/cpu_time.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench::contenders {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t said_bytes_max = 1000;

// Runs in the child, whose output becomes messages on `control`.
void become(const std::filesystem::path& file, const std::vector<owned_descriptor>& connections,
            int control) {
  std::vector<std::string> command{file.string()};
  for (const owned_descriptor& connection : connections) {
    check_call(::fcntl(connection.get(), F_SETFD, 0), "fcntl");
    command.push_back(std::to_string(connection.get()));
  }
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  check_call(::dup2(control, STDOUT_FILENO), "dup2");
  check_call(::dup2(control, STDERR_FILENO), "dup2");
  ::execv(arguments[0], arguments.data());
  throw std::system_error(errno, std::generic_category(), "cannot start " + command[0]);
}

std::string without_line_ends(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Returns how a child has ended; nothing if it runs. It can still be waited for.
std::optional<std::string> ending_of(::pid_t pid) {
  ::siginfo_t info{};
  check_call(::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT),
             "waitid");
  if (info.si_pid == 0) return std::nullopt;
  return (info.si_code == CLD_EXITED ? "it has ended with status " : "it was killed by signal ") +
         std::to_string(info.si_status);
}

// Returns what follows `key` in a file such as /proc/PID/status.
std::uint64_t number_in(const std::filesystem::path& file, const std::string& key) {
  std::ifstream input(file);
  std::uint64_t value = 0;
  for (std::string word; input >> word;) {
    if (word == key && input >> value) return value;
  }
  throw std::runtime_error(file.string() + " has no " + key);
}

}  // namespace

outside_program::outside_program(const std::filesystem::path& file,
                                 std::vector<owned_descriptor> connections, milliseconds ready_max)
    : process_([&](int control) { become(file, connections, control); }) {
  connections.clear();  // so that they end with the program
  const int error = ::clock_getcpuclockid(pid(), &cpu_clock_);
  if (error != 0) throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
  await_ready(ready_max);
}

void outside_program::await_ready(milliseconds at_most) {
  if (!is_readable(process_.control(), at_most)) {
    throw std::runtime_error("the server has not said \"ready\" in " +
                             std::to_string(at_most.count()) + " ms");
  }
  const std::optional<std::string> said = process_.receive();
  if (said == "ready\n") return;
  throw std::runtime_error(
      "the server: " + (said ? "said \"" + without_line_ends(*said) + "\", not \"ready\"; " : "") +
      state());
}

seconds outside_program::cpu_time() const {
  ::timespec time{};
  check_call(::clock_gettime(cpu_clock_, &time), "the CPU time of the server's process");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::uint64_t outside_program::sleeps() const {
  std::uint64_t all = 0;
  const std::filesystem::path threads = "/proc/" + std::to_string(pid()) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(threads)) {
    all += number_in(thread.path() / "status", "voluntary_ctxt_switches:");
  }
  return all;
}

std::string outside_program::state() {
  std::optional<std::string> ending = ending_of(pid());
  for (int tries = 0; !ending && tries < 50; ++tries) {
    std::this_thread::sleep_for(milliseconds(20));
    ending = ending_of(pid());
  }
  std::string said;
  while (said.size() < said_bytes_max && is_readable(process_.control(), milliseconds(0))) {
    const std::optional<std::string> message = process_.receive();
    if (!message) break;
    said += *message;
  }
  said = without_line_ends(said);
  return ending.value_or("it runs") + (said.empty() ? "" : ", and said: " + said);
}

}  // namespace timed::bench::contenders
