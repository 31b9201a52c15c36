// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Included before each of Asio's unit tests, after what that includes itself: from here on the
// backend's classes have the names of Asio's.

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/detail/thread.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <thread>
#include <type_traits>

#include "timed/backend.h"

namespace boost::asio {

// Protocols whose nested types are the backend's, and the protocols that these are of.
template <class Protocol>
struct suite_protocol : Protocol {
  using Protocol::Protocol;
  suite_protocol(const Protocol& other) : Protocol(other) {}
  template <class Other>
    requires std::is_constructible_v<Protocol, const Other&>
  suite_protocol(const Other& other) : Protocol(other) {}
  using socket = timed::backend::basic_stream_socket<Protocol>;
  using acceptor = timed::backend::basic_acceptor<Protocol>;
};
template <class Protocol>
struct suite_protocol_of {
  using type = Protocol;
};
template <class Protocol>
struct suite_protocol_of<suite_protocol<Protocol>> {
  using type = Protocol;
};

namespace ip {
using suite_tcp = suite_protocol<tcp>;
}  // namespace ip
namespace local {
using suite_stream_protocol = suite_protocol<stream_protocol>;
using timed::backend::connect_pair;
}  // namespace local
namespace generic {
using suite_stream_protocol = suite_protocol<stream_protocol>;
}  // namespace generic

using suite_io_context = timed::backend::io_context;
using suite_asio_context = io_context;  // on which Asio constructs services
using suite_steady_timer = timed::backend::steady_timer;
template <class Protocol, class Executor = any_io_executor>
using suite_stream_socket =
    timed::backend::basic_stream_socket<typename suite_protocol_of<Protocol>::type, Executor>;
template <class Protocol, class Executor = any_io_executor>
using suite_acceptor =
    timed::backend::basic_acceptor<typename suite_protocol_of<Protocol>::type, Executor>;

namespace detail {

// A thread that runs a context when it is run by no other thread: one of timed::uring is run by one
// thread at a time.
class suite_thread : public thread {
 public:
  template <class Function>
  explicit suite_thread(Function function)
      : thread([function]() mutable {
          for (;;) {
            try {
              return function();
            } catch (const boost::system::system_error& refused) {
              if (refused.code() != error::already_started) throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
          }
        }) {}
};

}  // namespace detail
}  // namespace boost::asio

// Socket iostreams have a context and a socket of Asio's own inside: no test of them.
#define BOOST_ASIO_NO_IOSTREAM

#define io_context suite_io_context
#define tcp suite_tcp
#define stream_protocol suite_stream_protocol
#define basic_stream_socket suite_stream_socket
#define basic_socket_acceptor suite_acceptor
#define steady_timer suite_steady_timer
#define system_timer suite_steady_timer  // The test of Asio's timers is that of this one.
