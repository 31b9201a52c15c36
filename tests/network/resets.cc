// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connections that end by an error of the network or of the peer: it is reported, and is no
// timeout.

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>

#include "tests/network/fault_cases.h"
#include "tests/network/fault_operations.h"
#include "timed/teardown.h"

namespace timed::tests::network {
namespace {

constexpr auto server = boost::beast::role_type{1};  // ends its side first

outcome connect_somewhere(scenario& with) {
  with.stream.expires_after(patience);
  return with.result_of([&](auto handler) {
    with.stream.async_connect(with.endpoint_of(behaviour::echo), std::move(handler));
  });
}

void connect_refused(scenario& with) {
  scenario::inject("reset");
  with.is(connect_somewhere(with), {net::error::connection_refused});
}

void read(scenario& with) {
  with.connect(behaviour::reset_after_a_byte);
  char byte = 0;
  with.start(read_into(with, byte));
  with.stream.write_some(net::buffer("x", 1));
  with.is(with.finish(), {net::error::connection_reset});
}

void write(scenario& with) {
  with.connect(behaviour::silent);
  with.start(write_without_end(with));
  with.stay_outstanding(50ms);
  scenario::inject("reset");
  with.is(with.finish(), {net::error::connection_reset, net::error::broken_pipe});
}

void tls_handshake(scenario& with) {
  with.connect(behaviour::reset_after_a_byte);
  net::ssl::context context(net::ssl::context::tls_client);
  net::ssl::stream<tcp_stream> stream(std::move(with.stream), context);
  with.is(with.result_of([&](auto handler) {
    stream.async_handshake(net::ssl::stream_base::client, std::move(handler));
  }),
          {net::error::connection_reset});
}

void teardown(scenario& with) {
  with.connect(behaviour::echo);
  scenario::inject("reset");
  with.is(with.result_of(
              [&](auto handler) { async_teardown(server, with.stream, std::move(handler)); }),
          {net::error::connection_reset});
  demand(!with.stream.socket().is_open(), "the stream is open");
}

void host_unreachable(scenario& with) {
  scenario::inject("peer_down");
  with.is(connect_somewhere(with), {net::error::host_unreachable});
}

void network_unreachable(scenario& with) {
  scenario::inject("down");
  with.is(connect_somewhere(with), {net::error::network_unreachable});
}

// All of the few that there are lead to the same peer.
void no_port_left(scenario& with) {
  const error_code expected(EADDRNOTAVAIL, boost::system::system_category());
  scenario::inject("two_ports");
  tcp_stream first(with.context), second(with.context);
  first.connect(with.endpoint_of(behaviour::echo));
  second.connect(with.endpoint_of(behaviour::echo));
  with.is(connect_somewhere(with), {expected});
  error_code synchronously;
  with.stream.connect(with.endpoint_of(behaviour::echo), synchronously);
  demand(synchronously == expected, "synchronously, another error");
  first.socket().set_option(tcp::socket::linger(true, 0));  // no TIME_WAIT
  first.close();
  demand(!connect_somewhere(with).ec, "it cannot connect when there is a port again");
  with.note("success when there is one again");
}

}  // namespace

void add_cases_of_resets(std::vector<fault_case>& cases) {
  const std::string reset = "the connection is reset";
  cases.push_back({reset, "connect", connect_refused});
  cases.push_back({reset, "read", read});
  cases.push_back({reset, "write", write});
  cases.push_back({reset, "teardown", teardown});
  cases.push_back({reset, "TLS handshake", tls_handshake});
  cases.push_back({"the peer's interface is down", "connect", host_unreachable});
  cases.push_back({"this host's interface is down", "connect", network_unreachable});
  cases.push_back({"no ephemeral port is left", "connect", no_port_left});
}

}  // namespace timed::tests::network
