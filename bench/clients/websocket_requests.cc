// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "bench/clients/websocket_requests.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/clients/closed_loop_requests.h"
#include "bench/clients/echo_meter.h"
#include "bench/clients/tcp_sockets.h"
#include "bench/harness/owned_descriptor.h"

namespace timed::bench {
namespace {

// The key, and the answer to it, are those of RFC 6455, section 1.3.
constexpr std::string_view opening_request =
    "GET / HTTP/1.1\r\n"
    "Host: localhost\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";
constexpr std::string_view expected_status = "HTTP/1.1 101 ";
constexpr std::string_view expected_field =
    "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

// A frame of RFC 6455, section 5.2: a final binary one, whose length fits into seven bits.
constexpr unsigned char final_binary = 0x82;
constexpr unsigned char is_masked = 0x80;
constexpr std::array<unsigned char, 4> mask = {0x37, 0xfa, 0x21, 0x3d};
static_assert(echo_bytes < 126);

class connection {
 public:
  explicit connection(const sockaddr_in& server) : descriptor_(connect_to(server)) {
    request_ = {final_binary, is_masked | echo_bytes, mask[0], mask[1], mask[2], mask[3]};
    expected_ = {final_binary, echo_bytes};
    for (std::size_t i = 0; i < echo_bytes; ++i) set_payload(i, static_cast<unsigned char>(i));
  }

  bool is_waiting() const { return is_waiting_; }

  // @param number Unique number of the request.
  void ask(std::uint64_t number) {
    std::array<unsigned char, sizeof(number)> bytes;
    std::memcpy(bytes.data(), &number, sizeof(number));
    for (std::size_t i = 0; i < bytes.size(); ++i) set_payload(i, bytes[i]);
    is_waiting_ = true;
    received_ = 0;
    if (is_open_) {
      send_all(std::as_bytes(std::span(request_)));
    } else {
      send_all(std::as_bytes(std::span(opening_request)));
    }
  }

  // @return Whether the whole answer has arrived.
  bool has_answer() {
    const std::size_t limit = is_open_ ? expected_.size() : answer_.size();
    const ::ssize_t received =
        ::recv(descriptor_.get(), answer_.data() + received_, limit - received_, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return false;
    check_call(received, "recv");
    if (received == 0) throw std::runtime_error("the server has closed a connection");
    received_ += static_cast<std::size_t>(received);
    if (!is_open_) {
      open();
      return false;
    }
    if (received_ < expected_.size()) return false;
    if (std::memcmp(answer_.data(), expected_.data(), expected_.size()) != 0) {
      throw std::runtime_error("an answer is not what was sent");
    }
    is_waiting_ = false;
    return true;
  }

 private:
  void set_payload(std::size_t index, unsigned char byte) {
    request_[request_.size() - echo_bytes + index] =
        static_cast<unsigned char>(byte ^ mask[index % mask.size()]);
    expected_[expected_.size() - echo_bytes + index] = byte;
  }

  void send_all(std::span<const std::byte> bytes) {
    const ::ssize_t sent = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check_call(sent, "send");
    if (static_cast<std::size_t>(sent) != bytes.size()) throw std::runtime_error("a partial send");
  }

  // Makes the request if the response to the opening handshake is complete.
  void open() {
    const std::string_view response(reinterpret_cast<const char*>(answer_.data()), received_);
    if (!response.ends_with("\r\n\r\n")) {
      if (received_ == answer_.size()) {
        throw std::runtime_error("the response to the opening handshake is too long");
      }
      return;
    }
    if (!response.starts_with(expected_status) ||
        response.find(expected_field) == std::string_view::npos) {
      throw std::runtime_error("the server refuses the WebSocket: " + std::string(response));
    }
    is_open_ = true;
    received_ = 0;
    send_all(std::as_bytes(std::span(request_)));
  }

  owned_descriptor descriptor_;
  bool is_open_ = false;
  bool is_waiting_ = false;
  std::size_t received_ = 0;
  std::array<unsigned char, 2 + mask.size() + echo_bytes> request_{};
  std::array<unsigned char, 2 + echo_bytes> expected_{};
  std::array<unsigned char, 1024> answer_{};
};

}  // namespace

void make_websocket_requests(int control, const sockaddr_in& server, std::size_t connections) {
  follow_closed_loop_orders<connection>(control, server, connections);
}

}  // namespace timed::bench
