// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/client_agent.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/clients/any_client.h"
#include "bench/clients/remote_protocol.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::chrono::seconds first_message_max(10);

// The benchmark's first message, and the program that it names.
struct wanted {
  remote_request request;
  client_program program;
};

wanted receive_request(const owned_descriptor& control, std::span<const client_program> programs) {
  limit_waiting(control, first_message_max);
  const auto request = parse_remote_request(receive_message(control).value_or(""));
  if (!request) throw std::runtime_error("this is a client for the benchmarks of timed_stream");
  const auto program = std::ranges::find(programs, request->program, &client_program::name);
  if (request->version != remote_version() || program == programs.end()) {
    throw std::runtime_error("it is of another version (" + remote_version() +
                             ", the benchmark is of " + request->version + ", program " +
                             request->program + "). Build both from the same commit");
  }
  return {*request, *program};
}

// The program in a child process, and a message socket to it.
class running_program {
 public:
  running_program(const wanted& all, const sockaddr_in& server) {
    std::array<int, 2> ends{};
    check_call(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    control_ = owned_descriptor(ends[0], "socketpair");
    const owned_descriptor theirs(ends[1], "socketpair");
    pid_ = ::fork();
    check_call(pid_, "fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      control_ = owned_descriptor();  // otherwise the child would not notice its end
      run(all, theirs, server);
    }
  }
  running_program(const running_program&) = delete;
  ~running_program() {
    ::kill(pid_, SIGKILL);
    until_not_interrupted([this] { return ::waitpid(pid_, nullptr, 0); });
  }

  const owned_descriptor& control() const { return control_; }

 private:
  [[noreturn]] static void run(const wanted& all, const owned_descriptor& control,
                               const sockaddr_in& server) {
    try {
      all.program.run(control.get(), server, all.request.connections);
    } catch (const std::exception& failure) {
      const std::string reason = failure.what();
      (void)::send(control.get(), reason.data(), reason.size(), MSG_NOSIGNAL);
    }
    ::_exit(EXIT_SUCCESS);
  }

  owned_descriptor control_;
  ::pid_t pid_ = 0;
};

// Passes messages on in both directions until one end has closed its connection.
void relay(const owned_descriptor& benchmark, const owned_descriptor& program) {
  std::array<::pollfd, 2> ready{{{.fd = benchmark.get(), .events = POLLIN, .revents = 0},
                                 {.fd = program.get(), .events = POLLIN, .revents = 0}}};
  std::array<std::byte, 4096> message;
  for (;;) {
    check_call(until_not_interrupted([&] { return ::poll(ready.data(), ready.size(), -1); }),
               "poll");
    if (ready[1].revents != 0) {
      const ::ssize_t size = until_not_interrupted(
          [&] { return ::recv(program.get(), message.data(), message.size(), 0); });
      if (size <= 0) return;
      send_message(benchmark, std::span(message).first(static_cast<std::size_t>(size)));
    }
    if (ready[0].revents != 0) {
      const std::optional<std::string> order = receive_message(benchmark);
      if (!order) return;
      // It may have ended just now; its last message is still to be passed on.
      (void)::send(program.get(), order->data(), order->size(), MSG_NOSIGNAL);
    }
  }
}

}  // namespace

void serve_benchmark(const owned_descriptor& control, std::span<const client_program> programs) {
  disable_nagle(control);
  detect_silent_peer(control);
  try {
    const wanted all = receive_request(control, programs);
    sockaddr_in server = address_of_peer(control);
    server.sin_port = htons(all.request.server_port);
    send_message(control, remote_client_is_ready);
    const running_program program(all, server);
    relay(control, program.control());
  } catch (const std::exception& failure) {
    try {
      send_message(control, failure.what());
    } catch (const std::exception&) {  // the benchmark has ended
    }
  }
}

}  // namespace timed::bench
