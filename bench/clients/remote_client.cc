// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/remote_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/clients/any_client.h"
#include "bench/clients/remote_protocol.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

int milliseconds_of(std::chrono::seconds limit) {
  return static_cast<int>(std::chrono::milliseconds(limit).count());
}

int milliseconds_until(std::chrono::steady_clock::time_point end) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

[[noreturn]] void fail(const std::string& host, const std::string& reason) {
  throw std::runtime_error("the client host " + host + ": " + reason);
}

sockaddr_in resolve(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(host.substr(0, colon).c_str(), host.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) fail(host, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof(address));
  return address;
}

owned_descriptor connect_to_agent(const std::string& host, std::chrono::seconds answer_max) {
  constexpr const char* remedy =
      ". Start the client there: tools/bazelw run //bench:client -- --port=PORT";
  const sockaddr_in address = resolve(host);
  owned_descriptor control(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                           "socket");
  int error = 0;
  if (::connect(control.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    error = errno;
  }
  if (error == EINPROGRESS) {
    ::pollfd connecting{.fd = control.get(), .events = POLLOUT, .revents = 0};
    if (until_not_interrupted(
            [&] { return ::poll(&connecting, 1, milliseconds_of(answer_max)); }) == 0) {
      fail(host, std::string("it does not answer") + remedy);
    }
    socklen_t length = sizeof(error);
    check_call(::getsockopt(control.get(), SOL_SOCKET, SO_ERROR, &error, &length), "SO_ERROR");
  }
  if (error != 0) fail(host, std::generic_category().message(error) + remedy);
  const int blocking = 0;
  check_call(::fcntl(control.get(), F_SETFL, blocking), "fcntl");
  disable_nagle(control);
  detect_silent_peer(control);
  limit_waiting(control, answer_max);
  return control;
}

std::string text_of(::in_addr_t address) {
  const ::in_addr as_structure{.s_addr = address};
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &as_structure, text.data(), text.size());
}

// Accepts the connections of a client.
class remote_connections {
 public:
  remote_connections(const owned_descriptor& listener, const owned_descriptor& control,
                     std::string host)
      : listener_(listener), control_(control), host_(std::move(host)) {}

  // Waits for a connection, or for the client's message that there will be none.
  owned_descriptor accept(std::chrono::seconds at_most) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      std::array<::pollfd, 2> ready{{{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                     {.fd = control_.get(), .events = POLLIN, .revents = 0}}};
      const int count = until_not_interrupted(
          [&] { return ::poll(ready.data(), ready.size(), milliseconds_until(end)); });
      check_call(count, "poll");
      if (count == 0) fail(host_, "its client does not connect" + stranger_);
      if (ready[1].revents != 0) {
        fail(host_, "its client: " + receive_message(control_).value_or("it has ended"));
      }
      if (auto accepted = accept_from_client()) return *std::move(accepted);
    }
  }

 private:
  std::optional<owned_descriptor> accept_from_client() {
    sockaddr_in from{};
    socklen_t length = sizeof(from);
    owned_descriptor accepted(
        ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_CLOEXEC),
        "accept of the client's connection");
    if (from.sin_addr.s_addr != client_) {
      stranger_ = ", but " + text_of(from.sin_addr.s_addr) +
                  " does. If that is the same host, name it by this address";
      return std::nullopt;
    }
    try {
      disable_nagle(accepted);
      detect_silent_peer(accepted);
    } catch (const std::system_error&) {  // it has ended; the client will say why
      return std::nullopt;
    }
    return accepted;
  }

  const owned_descriptor& listener_;
  const owned_descriptor& control_;
  const std::string host_;
  const ::in_addr_t client_ = address_of_peer(control_).sin_addr.s_addr;
  std::string stranger_ = ". Does a firewall forbid connections from there to here?";
};

}  // namespace

remote_client::remote_client(const std::string& host, std::size_t connections,
                             std::string_view program, std::chrono::seconds answer_max)
    : control_(connect_to_agent(host, answer_max)) {
  const owned_descriptor listener = listen_at(address_of(control_).sin_addr.s_addr, connections);
  std::string answer;
  try {
    send_message(control_, to_text({.version = remote_version(),
                                    .program = std::string(program),
                                    .server_port = ntohs(address_of(listener).sin_port),
                                    .connections = connections}));
    answer = receive_message(control_).value_or("it has closed the connection");
  } catch (const std::system_error& failure) {
    answer = failure.code() == std::errc::resource_unavailable_try_again
                 ? "it accepts connections, and does not answer"
                 : failure.what();
  } catch (const std::exception& failure) {
    answer = failure.what();
  }
  if (answer != remote_client_is_ready) fail(host, answer);
  remote_connections incoming(listener, control_, host);
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(incoming.accept(answer_max));
  }
}

void remote_client::send(std::span<const std::byte> message) {
  send_message(control_, message);
}

std::string remote_client::receive(std::chrono::milliseconds at_most) {
  try {
    if (!is_readable(control_, at_most)) return "it says nothing";
    return receive_message(control_).value_or("it has ended");
  } catch (const std::system_error& failure) {
    if (failure.code() == std::errc::connection_reset) return "it has ended";
    return std::string("its host does not answer: ") + failure.what();
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

}  // namespace timed::bench
