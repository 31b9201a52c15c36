// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_process.h"

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "bench/clients/tcp_sockets.h"
#include "bench/harness/cpus.h"

namespace timed::bench {
namespace {

// A client may take up to a minute, and on a shared CPU it does take more than a few seconds.
constexpr std::chrono::seconds waiting_max(60);

owned_descriptor listen_on_loopback(std::size_t connections) {
  owned_descriptor listener = listen_at(htonl(INADDR_LOOPBACK), connections);
  limit_waiting(listener, waiting_max);
  return listener;
}

[[noreturn]] void become_client(const client_process::program& run, int control,
                                const sockaddr_in& server, std::size_t connections,
                                ::pid_t parent) {
  int status = EXIT_SUCCESS;
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the parent died before the call above
    if (const auto cpu = cpu_for_another_process()) pin_to(*cpu);
    run(control, server, connections);
  } catch (const std::exception& failure) {
    (void)::send(control, failure.what(), std::strlen(failure.what()), MSG_NOSIGNAL);
    status = EXIT_FAILURE;
  }
  ::_exit(status);
}

::pid_t fork_client(const client_process::program& run, owned_descriptor& control,
                    const sockaddr_in& server, std::size_t connections) {
  std::array<int, 2> ends{};
  check_call(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  owned_descriptor ours(ends[0], "socketpair");
  const owned_descriptor theirs(ends[1], "socketpair");
  limit_waiting(ours, waiting_max);
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  check_call(child, "fork");
  if (child == 0) {
    ours = owned_descriptor();  // otherwise the child would not notice the end of this process
    become_client(run, theirs.get(), server, connections, parent);
  }
  control = std::move(ours);
  return child;
}

}  // namespace

client_process::process::~process() {
  ::kill(pid_, SIGKILL);
  until_not_interrupted([this] { return ::waitpid(pid_, nullptr, 0); });
}

client_process::client_process(std::size_t connections, const program& run)
    : listener_(listen_on_loopback(connections)),
      process_(fork_client(run, control_, address_of(listener_), connections)) {
  for (std::size_t i = 0; i < connections; ++i) connections_.push_back(accept_one(listener_));
}

void client_process::send(std::span<const std::byte> message) {
  check_call(::send(control_.get(), message.data(), message.size(), MSG_NOSIGNAL), "send");
}

std::string client_process::receive(int flags) {
  std::array<char, 256> text{};
  const auto receive_once = [&] {
    return until_not_interrupted(
        [&] { return ::recv(control_.get(), text.data(), text.size(), flags); });
  };
  ::ssize_t size = receive_once();
  // Reported before the client's last message, if it has ended with one of ours unread.
  if (size < 0 && errno == ECONNRESET) size = receive_once();
  if (size < 0) return "it says nothing";
  return size == 0 ? "it has ended" : std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace timed::bench
