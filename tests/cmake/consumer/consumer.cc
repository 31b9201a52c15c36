// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Lets a read time out on a context of a pool, and says on which backend.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <iostream>

#include "timed/backend.h"
#include "timed/context_pool.h"
#include "timed/error.h"
#include "timed/tcp_stream.h"

int main() {
  namespace net = boost::asio;
  timed::backend::context_pool pool(1);
  timed::backend::basic_acceptor<net::ip::tcp> acceptor(pool.context(0),
                                                        {net::ip::address_v4::loopback(), 0});
  timed::tcp_stream stream(pool.get_executor());
  stream.connect(acceptor.local_endpoint());
  stream.expires_after(std::chrono::milliseconds(20));
  std::array<char, 1> memory;
  stream.async_read_some(net::buffer(memory), [&](timed::error_code error, std::size_t) {
    std::cout << (error == timed::error::timeout ? "timeout" : error.message()) << " on "
              << timed::backend::name() << std::endl;
    pool.stop();
  });
  pool.run();
}
