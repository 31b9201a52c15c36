// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// The other end of the connections of faults.cc: a thread per connection, and plain sockets.
//
//   peer ADDRESS PORT    listens on PORT and the following ones, a behaviour for each (peer.h)

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/interop/certificate.h"
#include "tests/network/peer.h"

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using timed::tests::network::behaviour;
using namespace std::chrono_literals;

constexpr std::size_t block_size = 1 << 14;

// Reads until the end or an error.
std::uint64_t read_all(tcp::socket& socket) {
  std::vector<char> block(block_size);
  std::uint64_t count = 0;
  error_code ec;
  while (!ec) count += socket.read_some(net::buffer(block), ec);
  return count;
}

template <class Stream>
void echo(Stream& stream) {
  std::vector<char> block(block_size);
  for (error_code ec; !ec;) {
    const std::size_t count = stream.read_some(net::buffer(block), ec);
    if (!ec) net::write(stream, net::buffer(block, count), ec);
  }
}

void echo_by_tls(tcp::socket socket) {
  static timed::tests::interop::tls_contexts contexts;
  net::ssl::stream<tcp::socket> stream(std::move(socket), contexts.server);
  error_code ec;
  stream.handshake(net::ssl::stream_base::server, ec);
  if (!ec) echo(stream);
}

void reset_after_a_byte(tcp::socket& socket) {
  char byte = 0;
  error_code ec;
  socket.read_some(net::buffer(&byte, 1), ec);
  socket.set_option(tcp::socket::linger(true, 0));
  socket.close();  // the destructor would not heed that
}

// The window of the connection is zero meanwhile: more is sent than the buffers take.
void read_late_and_count(tcp::socket& socket) {
  char go = 0;
  error_code ec;
  std::uint64_t count = 0;
  // The byte that says "read" comes on a connection of its own, as this one is full.
  tcp::acceptor signal(socket.get_executor(), {socket.local_endpoint().address(), 0});
  const std::uint16_t port = signal.local_endpoint().port();
  net::write(socket, net::buffer(&port, sizeof port), ec);
  tcp::socket other = signal.accept();
  other.read_some(net::buffer(&go, 1), ec);
  count = read_all(socket);
  net::write(socket, net::buffer(&count, sizeof count), ec);
}

void write_byte_by_byte(tcp::socket& socket) {
  socket.set_option(tcp::no_delay(true));
  error_code ec;
  for (unsigned char byte = 0; !ec; ++byte) {
    net::write(socket, net::buffer(&byte, 1), ec);
    std::this_thread::sleep_for(timed::tests::network::between_bytes);
  }
}

void be(behaviour how, tcp::socket socket) {
  switch (how) {
    case behaviour::silent:
      // It reads nothing, and waits for the end: of the connection, or of this process.
      std::this_thread::sleep_for(1h);
      return;
    case behaviour::echo:
      return echo(socket);
    case behaviour::echo_by_tls:
      return echo_by_tls(std::move(socket));
    case behaviour::reset_after_a_byte:
      return reset_after_a_byte(socket);
    case behaviour::read_late_and_count:
      return read_late_and_count(socket);
    case behaviour::byte_by_byte:
      return write_byte_by_byte(socket);
    case behaviour::count:
      return;
  }
}

void serve(const std::string& address, unsigned short port, behaviour how) {
  net::io_context context;
  tcp::acceptor acceptor(context, {net::ip::make_address(address), port});
  for (;;) {
    std::thread([how, socket = acceptor.accept()]() mutable {
      try {
        be(how, std::move(socket));
      } catch (const std::exception& failure) {
        std::fprintf(stderr, "peer: %s\n", failure.what());
      }
    }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("peer ADDRESS PORT");
    std::vector<std::thread> all;
    for (unsigned i = 0; i < static_cast<unsigned>(behaviour::count); ++i) {
      all.emplace_back(serve, argv[1], static_cast<unsigned short>(std::atoi(argv[2]) + i),
                       static_cast<behaviour>(i));
    }
    for (auto& each : all) each.join();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "peer: %s\n", failure.what());
  }
  return 1;
}
