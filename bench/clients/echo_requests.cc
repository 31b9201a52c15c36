// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/echo_requests.h"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "bench/clients/client_process.h"
#include "bench/clients/echo_meter.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

constexpr unsigned seconds_max = 60;

void check(::ssize_t result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

class connection {
 public:
  explicit connection(const sockaddr_in& server) : descriptor_(connect_to(server)) {
    for (std::size_t i = 0; i < echo_bytes; ++i) request_[i] = static_cast<char>(i);
  }

  bool is_waiting() const { return is_waiting_; }

  // @param number Unique number of the request.
  void ask(std::uint64_t number) {
    std::memcpy(request_.data(), &number, sizeof(number));
    const ::ssize_t sent = ::send(descriptor_.get(), request_.data(), echo_bytes, MSG_NOSIGNAL);
    check(sent, "send");
    if (sent != echo_bytes) throw std::runtime_error("a partial send");
    is_waiting_ = true;
    received_ = 0;
  }

  // @return Whether the whole answer has arrived.
  bool has_answer() {
    const ::ssize_t received =
        ::recv(descriptor_.get(), answer_.data() + received_, echo_bytes - received_, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return false;
    check(received, "recv");
    if (received == 0) throw std::runtime_error("the server has closed a connection");
    received_ += static_cast<std::size_t>(received);
    if (received_ < echo_bytes) return false;
    if (answer_ != request_) throw std::runtime_error("an answer is not what was sent");
    is_waiting_ = false;
    return true;
  }

 private:
  owned_descriptor descriptor_;
  bool is_waiting_ = false;
  std::size_t received_ = 0;
  std::array<char, echo_bytes> request_{};
  std::array<char, echo_bytes> answer_{};
};

void make_requests(std::vector<connection>& connections, std::uint64_t requests) {
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  for (connection& connection : connections) {
    if (asked < requests) connection.ask(asked++);
  }
  while (answered < requests) {
    const std::uint64_t before = answered;
    // Round robin: a connection without an answer is tried again after the others.
    for (connection& connection : connections) {
      if (!connection.is_waiting() || !connection.has_answer()) continue;
      ++answered;
      if (asked < requests) connection.ask(asked++);
    }
    if (answered == before) ::sched_yield();  // to the server, if both share a CPU
  }
}

}  // namespace

void make_echo_requests(int control, const sockaddr_in& server, std::size_t connections) {
  std::vector<connection> all;
  for (std::size_t i = 0; i < connections; ++i) all.emplace_back(server);
  std::uint64_t requests = 0;
  while (::recv(control, &requests, sizeof(requests), 0) == sizeof(requests)) {
    ::alarm(seconds_max);  // ends the process
    make_requests(all, requests);
    ::alarm(0);
    check(::send(control, echo_requests_made.data(), echo_requests_made.size(), MSG_NOSIGNAL),
          "send");
  }
}

}  // namespace timed::bench
