// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_process.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "bench/harness/cpus.h"

namespace timed::bench {
namespace {

void check(::ssize_t result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

// Limits accept() and recv(). A client may take up to a minute, and on a shared CPU it does take
// more than a few seconds.
void limit_waiting(const owned_descriptor& descriptor) {
  const ::timeval at_most{.tv_sec = 60, .tv_usec = 0};
  check(::setsockopt(descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &at_most, sizeof(at_most)),
        "SO_RCVTIMEO");
}

owned_descriptor listen_on_loopback(std::size_t connections) {
  owned_descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in any_port{};
  any_port.sin_family = AF_INET;
  any_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any_port), sizeof(any_port)),
        "bind");
  check(::listen(listener.get(), static_cast<int>(connections)), "listen");
  limit_waiting(listener);
  return listener;
}

sockaddr_in address_of(const owned_descriptor& listener) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  check(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length),
        "getsockname");
  return address;
}

// A wait with a limit also ends with EINTR without a signal: for the kernel's work on a closed
// ring.
::ssize_t until_not_interrupted(auto call) {
  ::ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

void disable_nagle(const owned_descriptor& from) {
  const int enabled = 1;
  check(::setsockopt(from.get(), IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof(enabled)),
        "TCP_NODELAY");
}

owned_descriptor accept_one(const owned_descriptor& listener) {
  owned_descriptor accepted(static_cast<int>(until_not_interrupted([&] {
                              return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
                            })),
                            "accept of the client's connection");
  disable_nagle(accepted);
  return accepted;
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
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  owned_descriptor ours(ends[0], "socketpair");
  const owned_descriptor theirs(ends[1], "socketpair");
  limit_waiting(ours);
  const ::pid_t parent = ::getpid();
  const ::pid_t child = ::fork();
  check(child, "fork");
  if (child == 0) {
    ours = owned_descriptor();  // otherwise the child would not notice the end of this process
    become_client(run, theirs.get(), server, connections, parent);
  }
  control = std::move(ours);
  return child;
}

}  // namespace

owned_descriptor connect_to(const sockaddr_in& server) {
  owned_descriptor connected(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  disable_nagle(connected);
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  check(::setsockopt(connected.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
        "SO_LINGER");
  check(::connect(connected.get(), reinterpret_cast<const sockaddr*>(&server), sizeof(server)),
        "connect");
  return connected;
}

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
  check(::send(control_.get(), message.data(), message.size(), MSG_NOSIGNAL), "send");
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
