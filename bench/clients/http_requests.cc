// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/http_requests.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr std::size_t body_bytes = 1024;

// What is sent each time, as a browser does, in short.
const std::string& request() {
  static const std::string text = "GET " + std::string(http_target) +
                                  " HTTP/1.1\r\n"
                                  "Host: localhost\r\n"
                                  "User-Agent: http_cpu\r\n"
                                  "Accept: text/plain\r\n\r\n";
  return text;
}

// @return The value of Content-Length in the head of a response.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::size_t found = head.find(name);
  if (found == std::string_view::npos) throw std::runtime_error("a response without its length");
  return std::strtoul(head.data() + found + name.size(), nullptr, 10);
}

class connection {
 public:
  explicit connection(const sockaddr_in& server) : descriptor_(connect_to(server)) {}

  bool is_waiting() const { return is_waiting_; }

  void ask(std::uint64_t /*number*/) {
    const ::ssize_t sent =
        ::send(descriptor_.get(), request().data(), request().size(), MSG_NOSIGNAL);
    check_call(sent, "send");
    if (static_cast<std::size_t>(sent) != request().size()) {
      throw std::runtime_error("a partial send");
    }
    is_waiting_ = true;
    received_ = 0;
  }

  // @return Whether the whole response has arrived.
  bool has_answer() {
    if (received_ == response_.size()) throw std::runtime_error("a response is too long");
    const ::ssize_t received = ::recv(descriptor_.get(), response_.data() + received_,
                                      response_.size() - received_, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return false;
    check_call(received, "recv");
    if (received == 0) throw std::runtime_error("the server has closed a connection");
    received_ += static_cast<std::size_t>(received);
    if (!is_complete({response_.data(), received_})) return false;
    is_waiting_ = false;
    return true;
  }

 private:
  static bool is_complete(std::string_view response) {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    static const std::string expected_body = http_body();
    const std::size_t found = response.find(end_of_head);
    if (found == std::string_view::npos) return false;
    const std::string_view head = response.substr(0, found + end_of_head.size());
    const std::string_view body = response.substr(head.size());
    if (!head.starts_with("HTTP/1.1 200 OK\r\n")) {
      throw std::runtime_error("a response is not 200 OK: " + std::string(head));
    }
    if (body.size() < content_length(head)) return false;
    if (body != expected_body) throw std::runtime_error("a body is not what was expected");
    return true;
  }

  owned_descriptor descriptor_;
  bool is_waiting_ = false;
  std::size_t received_ = 0;
  std::array<char, 2 * body_bytes> response_{};
};

}  // namespace

std::string http_body() {
  std::string body(body_bytes, '\0');
  for (std::size_t i = 0; i < body_bytes; ++i) body[i] = static_cast<char>('a' + i % 26);
  return body;
}

void make_http_requests(int control, const sockaddr_in& server, std::size_t connections) {
  follow_closed_loop_orders<connection>(control, server, connections);
}

}  // namespace timed::bench
