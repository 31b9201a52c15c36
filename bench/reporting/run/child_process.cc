// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/reporting/run/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/reporting/model/result.h"

namespace timed::bench {
namespace {

volatile std::sig_atomic_t interrupt_was_caught = 0;

// The child's side of fork(). This process has one thread, so any function may be called here.
[[noreturn]] void become(const child_options& options, int output, pid_t parent) {
  // In a separate process group: Ctrl-C reaches only the parent, which kills the group.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(EXIT_FAILURE);  // the parent died before the call above
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (const auto& [name, value] : options.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<std::string> command = options.command;
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], std::strerror(errno));
  std::_Exit(127);
}

// Calls `on_line` for each complete line of `text`, and removes it.
void take_lines(std::string& text, const std::function<void(const std::string&)>& on_line) {
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    on_line(printable(text.substr(begin, end - begin)));
  }
  text.erase(0, begin);
}

bool has_to_end(const child_options& options) {
  return options.ends_on_interrupt && interrupted();
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Reads until the child closes its end, an interrupt arrives, or the child is silent for too long.
// @return Whether it was silent for too long.
bool follow(int input, const child_options& options) {
  using clock = std::chrono::steady_clock;
  std::string text;
  auto heard = clock::now();
  std::array<char, 4096> block{};
  while (!has_to_end(options)) {
    pollfd readable{.fd = input, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, 1000);
    if (options.on_tick) options.on_tick();
    const std::chrono::duration<double> silence = clock::now() - heard;
    if (ready <= 0 && options.silence_max_s > 0 && silence.count() > options.silence_max_s) {
      return true;
    }
    if (ready <= 0) continue;
    heard = clock::now();
    const ssize_t n = ::read(input, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(n));
    take_lines(text, options.on_line);
  }
  if (!text.empty()) options.on_line(printable(text));
  return false;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string all(text);
  for (char& character : all) {
    const bool is_space = character == '\n' || character == '\r' || character == '\t';
    if (!is_space && (character < ' ' || character > '~')) character = '?';
  }
  return all;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_was_caught = 1; };
  ::sigaction(SIGINT, &action, nullptr);  // without SA_RESTART, so that poll() and read() return
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction on_hangup {};
  ::sigaction(SIGHUP, nullptr, &on_hangup);
  if (on_hangup.sa_handler == SIG_IGN) return;  // under nohup(1)
  ::sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() {
  return interrupt_was_caught != 0;
}

result<child_exit> run_child(const child_options& options) {
  if (has_to_end(options)) return was_interrupted();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return failed("pipe: " + std::string(std::strerror(errno)));
  const auto began = std::chrono::steady_clock::now();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return failed("fork: " + std::string(std::strerror(errno)));
  if (child == 0) become(options, ends[1], parent);
  ::setpgid(child, child);  // here and in the child, so that the group exists from here on
  ::close(ends[1]);
  const bool hangs = follow(ends[0], options);
  ::close(ends[0]);
  // Together with the processes that it has started, which are in its group.
  if (hangs || has_to_end(options)) ::kill(-child, SIGKILL);
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    if (has_to_end(options)) ::kill(-child, SIGKILL);
  }
  if (has_to_end(options)) return was_interrupted();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  return child_exit{
      .succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0,
      .ended_itself = WIFEXITED(status),
      .how = hangs
                 ? absl::StrFormat("was killed after %.0f s without output", options.silence_max_s)
             : WIFSIGNALED(status) ? absl::StrCat("was killed by signal ", WTERMSIG(status))
                                   : absl::StrCat("ended with exit code ", WEXITSTATUS(status)),
      .wall_s = wall.count(),
      .cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime),
      .involuntary_switches = static_cast<double>(used.ru_nivcsw)};
}

}  // namespace timed::bench
