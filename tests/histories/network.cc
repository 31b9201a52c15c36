// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/network.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <system_error>

namespace timed::tests::histories {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using local = net::local::stream_protocol;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

descriptor new_socket(int family, int flags = 0) {
  return descriptor(checked(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket"));
}

template <class Endpoint>
void bind_to(const descriptor& socket, const Endpoint& at) {
  const auto* const address = static_cast<const sockaddr*>(at.data());
  checked(::bind(socket.get(), address, static_cast<socklen_t>(at.size())), "bind");
}

template <class Endpoint>
int connect_to(const descriptor& socket, const Endpoint& at) {
  const auto* const address = static_cast<const sockaddr*>(at.data());
  return ::connect(socket.get(), address, static_cast<socklen_t>(at.size()));
}

// The socket's own address; unspecified if the connection is gone.
tcp::endpoint address_of(int native) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  (void)::getsockname(native, reinterpret_cast<sockaddr*>(&address), &size);
  return {net::ip::address_v4(ntohl(address.sin_addr.s_addr)), ntohs(address.sin_port)};
}

tcp::endpoint loopback(std::uint32_t host, std::uint32_t port) {
  return {net::ip::address_v4(0x7f000001u + host % 60'000u), static_cast<std::uint16_t>(port)};
}

// A name in the abstract namespace.
local::endpoint unique_name() {
  // In sandboxes of their own, processes of the same number share these names.
  static const std::string sandbox = std::to_string(std::random_device()());
  static std::uint32_t count = 0;  // of all networks of the process
  ++count;
  return {std::string(1, '\0') + "timed-" + sandbox + "-" + std::to_string(::getpid()) + "-" +
          std::to_string(count)};
}

template <class Protocol>
constexpr bool is_tcp = std::is_same_v<Protocol, tcp>;

}  // namespace

descriptor::~descriptor() {
  if (native_ >= 0) ::close(native_);
}

template <class Protocol>
network<Protocol>::network() {
  if constexpr (is_tcp<Protocol>) {
    // One listener for all, on every address of loopback: with as many addresses as there are
    // connects, no port is used up.
    listening_ = new_socket(AF_INET, SOCK_NONBLOCK);
    bind_to(listening_, tcp::endpoint(net::ip::address_v4::any(), 0));
    checked(::listen(listening_.get(), 512), "listen");
    port_ = address_of(listening_.get()).port();
    refusing_ = new_socket(AF_INET);
    bind_to(refusing_, loopback(0, 0));
    refusing_at_ = address_of(refusing_.get());
    silent_ = new_socket(AF_INET);
    bind_to(silent_, loopback(0, 0));
    checked(::listen(silent_.get(), 0), "listen");
    silent_at_ = address_of(silent_.get());
    for (int i = 0; i < 8; ++i) {
      fillers_.push_back(new_socket(AF_INET, SOCK_NONBLOCK));
      (void)connect_to(fillers_.back(), silent_at_);
    }
  } else {
    refusing_at_ = unique_name();
    silent_at_ = unique_name();
    silent_ = new_socket(AF_UNIX);
    bind_to(silent_, silent_at_);
    checked(::listen(silent_.get(), 0), "listen");
    do {
      fillers_.push_back(new_socket(AF_UNIX, SOCK_NONBLOCK));
    } while (connect_to(fillers_.back(), silent_at_) == 0);
  }
}

template <class Protocol>
auto network<Protocol>::listen() -> listener {
  if constexpr (is_tcp<Protocol>) {
    return {descriptor(), loopback(++count_, port_)};
  } else {
    listener made{new_socket(AF_UNIX, SOCK_NONBLOCK), unique_name()};
    bind_to(made.socket, made.at);
    checked(::listen(made.socket.get(), 8), "listen");
    return made;
  }
}

template <class Protocol>
descriptor network<Protocol>::accept(const listener& from) {
  const int native = is_tcp<Protocol> ? listening_.get() : from.socket.get();
  for (;;) {
    if constexpr (is_tcp<Protocol>) {
      const auto found = std::find_if(accepted_.begin(), accepted_.end(), [&](const auto& each) {
        return address_of(each.get()) == from.at;
      });
      if (found != accepted_.end()) {
        descriptor taken = std::move(*found);
        accepted_.erase(found);
        return taken;
      }
    }
    pollfd polled{native, POLLIN, 0};
    if (::poll(&polled, 1, 2'000) != 1) return {};
    descriptor accepted(::accept4(native, nullptr, nullptr, SOCK_CLOEXEC));
    if (accepted.get() < 0) continue;
    if constexpr (!is_tcp<Protocol>) return accepted;
    accepted_.push_back(std::move(accepted));
  }
}

template <class Protocol>
void network<Protocol>::drop_connections() {
  accepted_.clear();
  if (listening_.get() < 0) return;
  while (descriptor(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)).get() >= 0) {
  }
}

template <class Protocol>
std::pair<descriptor, descriptor> network<Protocol>::connected_pair() {
  if constexpr (is_tcp<Protocol>) {
    descriptor first = new_socket(AF_INET);
    const auto at = listen();
    checked(connect_to(first, at.at), "connect");
    descriptor second = accept(at);
    const int on = 1;
    for (const descriptor* each : {&first, &second})
      ::setsockopt(each->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return {std::move(first), std::move(second)};
  } else {
    std::array<int, 2> made{};
    checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made.data()), "socketpair");
    return {descriptor(made[0]), descriptor(made[1])};
  }
}

template class network<tcp>;
template class network<local>;

const std::uint8_t* pattern(std::size_t channel, std::size_t position) {
  constexpr std::size_t period = 65'521;  // a prime
  static const std::vector<std::uint8_t> bytes = [] {
    std::mt19937 random(1);
    std::vector<std::uint8_t> made(period + pattern_length);
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = i < period ? static_cast<std::uint8_t>(random()) : made[i - period];
    return made;
  }();
  return bytes.data() + (position + channel * 7'919) % period;
}

std::size_t send_pattern(int native, std::size_t channel, std::size_t position) {
  std::size_t sent = 0;
  for (;;) {
    const auto bytes = ::send(native, pattern(channel, position + sent), pattern_length,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes <= 0) return sent;
    sent += static_cast<std::size_t>(bytes);
  }
}

rest receive_rest(int native, std::size_t channel, std::size_t position) {
  rest result;
  std::vector<std::uint8_t> memory(pattern_length);
  for (;;) {
    pollfd polled{native, POLLIN, 0};
    if (::poll(&polled, 1, 5'000) != 1) return result;
    const auto bytes = ::recv(native, memory.data(), memory.size(), MSG_DONTWAIT);
    result.has_ended = bytes == 0;
    if (bytes <= 0) return result;
    const auto size = static_cast<std::size_t>(bytes);
    result.is_right &=
        std::memcmp(memory.data(), pattern(channel, position + result.bytes), size) == 0;
    result.bytes += size;
  }
}

}  // namespace timed::tests::histories
