// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Clients on another host, which is this one here: they do what clients in a child process do, and
// each mistake has an error that names it.

#include "bench/clients/remote_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/client_agent.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/echo_requests.h"
#include "bench/clients/remote_protocol.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

void throw_at_once(int, const sockaddr_in&, std::size_t) {
  throw std::runtime_error("a planted failure");
}
void never_connect(int control, const sockaddr_in&, std::size_t) {
  char order = 0;
  (void)::recv(control, &order, 1, 0);
}

constexpr std::array programs{echo_requests, client_program{"throws", throw_at_once},
                              client_program{"idles", never_connect}};

// Another host, in a child process, which does something with its first connection.
class host {
 public:
  explicit host(const std::function<void(const owned_descriptor& control)>& serve)
      : listener_(listen_at(htonl(INADDR_LOOPBACK), 1)) {
    pid_ = ::fork();
    check_call(pid_, "fork");  // so there is no object whose destructor would kill process -1
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      serve(accept_one(listener_));
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  host(const host&) = delete;
  ~host() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  sockaddr_in address() const { return address_of(listener_); }

  std::string name() const { return "127.0.0.1:" + std::to_string(ntohs(address().sin_port)); }

 private:
  owned_descriptor listener_;
  ::pid_t pid_;
};

void serve(const owned_descriptor& control) {
  serve_benchmark(control, programs);
}

void order(remote_client& client, std::uint64_t requests) {
  client.send(std::as_bytes(std::span(&requests, 1)));
}

void echo_once(const owned_descriptor& connection) {
  std::array<char, echo_bytes> message{};
  ASSERT_EQ(::recv(connection.get(), message.data(), message.size(), MSG_WAITALL), echo_bytes);
  ASSERT_EQ(::send(connection.get(), message.data(), message.size(), MSG_NOSIGNAL), echo_bytes);
}

std::string failure_of(const std::string& name, std::string_view program,
                       std::chrono::seconds answer_max = std::chrono::seconds(20)) {
  try {
    const remote_client client(name, 1, program, answer_max);
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "";
}

TEST(remote_client, connects_and_follows_orders) {
  const host other(serve);
  remote_client client(other.name(), 2, "echo");
  const std::vector<owned_descriptor> connections = client.take_connections();
  ASSERT_EQ(connections.size(), 2u);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(client.receive(std::chrono::milliseconds(0)), "it says nothing");
    order(client, 2);
    for (const owned_descriptor& connection : connections) echo_once(connection);
    EXPECT_EQ(client.receive(), "made");
  }
}

TEST(remote_client, passes_on_why_its_program_has_ended) {
  const host other(serve);
  remote_client client(other.name(), 1, "echo");
  // In this order: a request that is in the closed socket would have the kernel reset it.
  client.take_connections().clear();
  order(client, 1);
  EXPECT_EQ(client.receive(), "the server has closed a connection");
}

TEST(remote_client, ends_with_the_benchmark) {
  const host other(serve);
  std::vector<owned_descriptor> connections;
  {
    remote_client client(other.name(), 1, "echo");
    connections = client.take_connections();
  }
  char byte = 0;
  limit_waiting(connections[0], std::chrono::seconds(20));
  errno = 0;
  EXPECT_LE(::recv(connections[0].get(), &byte, 1, 0), 0);
  EXPECT_NE(errno, EAGAIN);
}

TEST(remote_client, says_that_there_is_no_client) {
  owned_descriptor listener = listen_at(htonl(INADDR_LOOPBACK), 1);
  const std::string name = "127.0.0.1:" + std::to_string(ntohs(address_of(listener).sin_port));
  listener = owned_descriptor();
  EXPECT_EQ(failure_of(name, "echo"),
            "the client host " + name +
                ": Connection refused. Start the client there: tools/bazelw run //bench:client -- "
                "--port=PORT");
}

TEST(remote_client, says_that_a_host_does_not_answer) {
  const host other([](const owned_descriptor&) { ::pause(); });
  EXPECT_EQ(failure_of(other.name(), "echo", std::chrono::seconds(1)),
            "the client host " + other.name() + ": it accepts connections, and does not answer");
}

TEST(remote_client, says_that_a_host_has_no_such_program) {
  const host other(serve);
  const std::string failure = failure_of(other.name(), "new_program");
  EXPECT_NE(failure.find("it is of another version"), std::string::npos) << failure;
  EXPECT_NE(failure.find("Build both from the same commit"), std::string::npos) << failure;
}

TEST(remote_client, says_that_the_program_fails) {
  const host other(serve);
  EXPECT_EQ(failure_of(other.name(), "throws"),
            "the client host " + other.name() + ": its client: a planted failure");
}

TEST(remote_client, says_that_the_program_does_not_connect) {
  const host other(serve);
  const std::string failure = failure_of(other.name(), "idles", std::chrono::seconds(10));
  EXPECT_NE(failure.find("its client does not connect. Does a firewall"), std::string::npos)
      << failure;
}

TEST(client_agent, refuses_another_version) {
  const host other(serve);
  const owned_descriptor control = connect_to(other.address());
  send_message(control,
               to_text({.version = "0", .program = "echo", .server_port = 1, .connections = 1}));
  const std::string answer = receive_message(control).value_or("");
  EXPECT_NE(answer.find("it is of another version"), std::string::npos) << answer;
}

TEST(client_agent, refuses_what_is_no_benchmark) {
  const host other(serve);
  const owned_descriptor control = connect_to(other.address());
  constexpr std::string_view request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(control.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<::ssize_t>(request.size()));
  EXPECT_EQ(receive_message(control).value_or(""), "no message of the benchmarks");
}

}  // namespace
}  // namespace timed::bench
