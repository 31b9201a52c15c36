// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A peer from which nothing comes any more, nor a word that it is not there.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>

#include "tests/network/fault_cases.h"
#include "tests/network/fault_operations.h"
#include "timed/teardown.h"

namespace timed::tests::network {
namespace {

constexpr auto server = boost::beast::role_type{1};  // ends its side first

void connect(scenario& with) {
  scenario::inject("vanish");
  with.expire_soon();
  with.is_timeout(with.result_of([&](auto handler) {
    with.stream.async_connect(with.endpoint_of(behaviour::echo), std::move(handler));
  }));
}

void connect_to_a_range(scenario& with) {
  scenario::inject("vanish");
  with.expire_soon();
  const std::vector<tcp::endpoint> endpoints = {with.endpoint_of(behaviour::silent),
                                                with.endpoint_of(behaviour::echo)};
  with.is_timeout(with.result_of([&](auto handler) {
    with.stream.async_connect(
        endpoints, [handler = std::move(handler)](error_code ec, const tcp::endpoint&) mutable {
          handler(ec);
        });
  }));
}

void read(scenario& with) {
  with.connect(behaviour::silent);
  char byte = 0;
  with.start(read_into(with, byte));
  scenario::inject("vanish");
  with.expire_soon();
  const outcome done = with.finish();
  with.is_timeout(done);
  demand(done.bytes == 0, "bytes are reported that did not come");
}

void write(scenario& with) {
  with.connect(behaviour::silent);
  with.start(write_without_end(with));
  with.stay_outstanding(50ms);
  scenario::inject("vanish");
  with.expire_soon();
  const outcome done = with.finish();
  with.is_timeout(done);
  demand(done.bytes > 0 && done.bytes < more_than_fits().size(), "not the bytes that were sent");
  with.note("the bytes until then");
}

void both_directions(scenario& with) {
  with.connect(behaviour::silent);
  std::optional<error_code> read;
  char byte = 0;
  with.stream.async_read_some(net::buffer(&byte, 1),
                              [&](error_code ec, std::size_t) { read = ec; });
  with.start(write_without_end(with));
  scenario::inject("vanish");
  with.expire_soon();
  with.is_timeout(with.finish());
  with.end();
  demand(read == error_code(error::timeout), "the read reports no timeout");
  with.note("by both");
}

void teardown(scenario& with) {
  with.connect(behaviour::echo);
  scenario::inject("vanish");
  with.stream.expires_never();
  with.stream.linger_timeout(soon);
  with.expect_deadline();
  with.is_timeout(with.result_of(
      [&](auto handler) { async_teardown(server, with.stream, std::move(handler)); }));
  demand(!with.stream.socket().is_open(), "the stream is open");
}

using tls_stream = net::ssl::stream<tcp_stream>;

std::unique_ptr<tls_stream> connect_for_tls(scenario& with, net::ssl::context& context) {
  with.connect(behaviour::echo_by_tls);
  return std::make_unique<tls_stream>(std::move(with.stream), context);
}

outcome handshake(scenario& with, tls_stream& stream) {
  return with.result_of([&](auto handler) {
    stream.async_handshake(net::ssl::stream_base::client, std::move(handler));
  });
}

void tls_handshake(scenario& with) {
  net::ssl::context context(net::ssl::context::tls_client);
  const auto stream = connect_for_tls(with, context);
  scenario::inject("vanish");
  with.expire_soon(stream->next_layer());
  with.is_timeout(handshake(with, *stream));
}

void tls_read(scenario& with) {
  net::ssl::context context(net::ssl::context::tls_client);
  const auto stream = connect_for_tls(with, context);
  demand(!handshake(with, *stream).ec, "no handshake without a fault");
  char byte = 0;
  with.start(
      [&](auto handler) { stream->async_read_some(net::buffer(&byte, 1), std::move(handler)); });
  with.stay_outstanding(20ms);
  scenario::inject("vanish");
  with.expire_soon(stream->next_layer());
  with.is_timeout(with.finish());
}

void tls_shutdown(scenario& with) {
  net::ssl::context context(net::ssl::context::tls_client);
  const auto stream = connect_for_tls(with, context);
  demand(!handshake(with, *stream).ec, "no handshake without a fault");
  scenario::inject("vanish");
  stream->next_layer().expires_never();
  stream->next_layer().linger_timeout(soon);
  with.expect_deadline();
  with.is_timeout(
      with.result_of([&](auto handler) { timed::async_shutdown(*stream, std::move(handler)); }));
  demand(!stream->next_layer().socket().is_open(), "the stream is open");
}

// Blocks for as long as the kernel lets it.
template <class Operation>
void synchronous(scenario& with, Operation operation) {
  scenario::inject("vanish");
  with.stream.sync_deadlines(true);
  with.expire_soon();
  outcome done;
  operation(done.ec);
  done.when = steady::now();
  with.is_timeout(done);
}

void synchronous_connect(scenario& with) {
  synchronous(with,
              [&](error_code& ec) { with.stream.connect(with.endpoint_of(behaviour::echo), ec); });
}

void synchronous_read(scenario& with) {
  with.connect(behaviour::silent);
  char byte = 0;
  synchronous(with, [&](error_code& ec) { with.stream.read_some(net::buffer(&byte, 1), ec); });
}

void synchronous_write(scenario& with) {
  with.connect(behaviour::silent);
  synchronous(with,
              [&](error_code& ec) { net::write(with.stream, net::buffer(more_than_fits()), ec); });
}

// What TCP itself gives up is another error than a timeout of the stream.
void kernel_gives_up(scenario& with) {
  with.connect(behaviour::silent);
  const int at_most_ms = 500;
  demand(::setsockopt(with.stream.socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT,
                      &at_most_ms, sizeof at_most_ms) == 0,
         "there is no TCP_USER_TIMEOUT");
  scenario::inject("vanish");
  char byte = 0;
  with.stream.write_some(net::buffer("x", 1));
  const outcome done = with.result_of(read_into(with, byte));
  with.is(done, {net::error::timed_out});
  demand(done.ec != error::timeout, "it is taken for a timeout of the stream");
}

}  // namespace

void add_cases_of_a_vanished_peer(std::vector<fault_case>& cases) {
  const std::string vanished = "the peer vanishes";
  for (const auto& [operation, run] : std::vector<std::pair<std::string, void (*)(scenario&)>>{
           {"connect", connect},
           {"connect to a range", connect_to_a_range},
           {"read", read},
           {"write", write},
           {"read and write", both_directions},
           {"teardown", teardown},
           {"TLS handshake", tls_handshake},
           {"TLS read", tls_read},
           {"TLS shutdown", tls_shutdown},
           {"synchronous connect", synchronous_connect},
           {"synchronous read", synchronous_read},
           {"synchronous write", synchronous_write},
           {"read, TCP_USER_TIMEOUT of 0.5 s", kernel_gives_up}}) {
    cases.push_back({vanished, operation, run});
  }
}

}  // namespace timed::tests::network
