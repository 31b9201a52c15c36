// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/forked_program.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::size_t message_bytes_max = 4096;

[[noreturn]] void become(const std::function<void(int control)>& run, int control, ::pid_t parent) {
  int status = EXIT_SUCCESS;
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the parent died before the call above
    run(control);
  } catch (const std::exception& failure) {
    (void)::send(control, failure.what(), std::strlen(failure.what()), MSG_NOSIGNAL);
    status = EXIT_FAILURE;
  }
  ::_exit(status);
}

}  // namespace

forked_program::forked_program(const std::function<void(int control)>& run) {
  std::array<int, 2> ends{};
  check_call(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  control_ = owned_descriptor(ends[0], "socketpair");
  const owned_descriptor theirs(ends[1], "socketpair");
  const ::pid_t parent = ::getpid();
  pid_ = ::fork();
  check_call(pid_, "fork");
  if (pid_ != 0) return;
  control_ = owned_descriptor();  // otherwise the child would not notice the end of this process
  become(run, theirs.get(), parent);
}

forked_program::~forked_program() {
  ::kill(pid_, SIGKILL);
  until_not_interrupted([this] { return ::waitpid(pid_, nullptr, 0); });
}

void forked_program::send(std::span<const std::byte> message) {
  check_call(::send(control_.get(), message.data(), message.size(), MSG_NOSIGNAL), "send");
}

std::optional<std::string> forked_program::receive() {
  std::array<char, message_bytes_max> text{};
  const auto receive_once = [&] {
    return until_not_interrupted(
        [&] { return ::recv(control_.get(), text.data(), text.size(), 0); });
  };
  ::ssize_t size = receive_once();
  // Reported before the child's last message, if it has ended with one of ours unread.
  if (size < 0 && errno == ECONNRESET) size = receive_once();
  if (size <= 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace timed::bench
