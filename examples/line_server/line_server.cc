// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A server with a line protocol: a small table of keys and values.
//
// A whole line has to come in time, not a byte of it now and then: with_timeout gives one
// async_read_until one timeout, however many reads it consists of. As on_timeout(cancel) leaves the
// stream open, the peer is told why it is disconnected.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

#include "support/program.h"
#include "support/server.h"
#include "timed/backend.h"
#include "timed/error.h"
#include "timed/tcp_stream.h"
#include "timed/timeout_action.h"
#include "timed/with_timeout.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The address to listen on.");
ABSL_FLAG(std::uint16_t, port, 7777, "The port to listen on; 0 is any that is free.");
ABSL_FLAG(absl::Duration, line_timeout, absl::Seconds(30), "The time for a line to come in full.");
ABSL_FLAG(absl::Duration, write_timeout, absl::Seconds(10), "The time for an answer to be taken.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(1), "The time for clients to end after SIGTERM.");

namespace {

namespace net = support::net;
using support::as_result;

constexpr std::size_t line_size_max = 1024;
constexpr std::size_t keys_max = 10'000;

using table = std::map<std::string, std::string>;

// @return The answer to a line; empty if the client wants to end.
std::string answer(table& values, const std::string& line) {
  std::istringstream words(line);
  std::string command, key, value;
  words >> command >> key >> std::ws;
  std::getline(words, value);
  if (!value.empty() && value.back() == '\r') value.pop_back();
  if (command == "QUIT") return {};
  if (command == "GET" && !key.empty()) {
    const auto found = values.find(key);
    return found == values.end() ? "NONE\r\n" : "VALUE " + found->second + "\r\n";
  }
  if (command == "SET" && !key.empty()) {
    if (values.size() == keys_max && !values.contains(key)) return "ERROR: the table is full\r\n";
    values[key] = value;
    return "OK\r\n";
  }
  return "ERROR: GET key, SET key value, or QUIT\r\n";
}

struct timeouts {
  std::chrono::milliseconds line;
  std::chrono::milliseconds write;
};

// Ends our side, and drops what the client has sent meanwhile: to close with that unread would
// reset the connection, and the client might lose the answer.
net::awaitable<void> drop_the_rest(timed::tcp_stream& stream, std::chrono::milliseconds at_most) {
  timed::error_code error;
  stream.socket().shutdown(net::socket_base::shutdown_send, error);
  stream.expires_after(at_most);
  for (std::array<char, 4096> memory; !error;) {
    std::tie(error, std::ignore) = co_await stream.async_read_some(net::buffer(memory), as_result);
  }
}

net::awaitable<void> serve(timed::tcp_stream stream, table& values, timeouts limits) {
  stream.on_timeout(timed::timeout_action::cancel);
  std::string received;  // may hold several lines, if the client does not wait for answers
  for (;;) {
    const auto [error, size] =
        co_await net::async_read_until(stream, net::dynamic_buffer(received, line_size_max), '\n',
                                       timed::with_timeout(limits.line, as_result));
    std::string reply;
    if (error == timed::error::timeout) {
      reply = "ERROR: no line for too long\r\n";
    } else if (error == net::error::not_found) {
      reply = "ERROR: a line may have 1024 bytes\r\n";
    } else if (error) {
      co_return;  // the end of the stream, for example
    } else {
      reply = answer(values, received.substr(0, size));
      received.erase(0, size);
      if (reply.empty()) co_return;
    }
    const auto [write_error, sent] = co_await net::async_write(
        stream, net::buffer(reply), timed::with_timeout(limits.write, as_result));
    if (write_error) co_return;
    if (error) co_return co_await drop_the_rest(stream, limits.write);
  }
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("Keeps values by key, for clients that send GET and SET lines.", argc,
                         argv);
  try {
    timed::backend::io_context context;
    table values;
    const timeouts limits{support::milliseconds_of(FLAGS_line_timeout),
                          support::milliseconds_of(FLAGS_write_timeout)};
    support::server_options options;
    options.listen_on = {net::ip::make_address(absl::GetFlag(FLAGS_address)),
                         absl::GetFlag(FLAGS_port)};
    options.grace = support::milliseconds_of(FLAGS_grace);
    support::run_server(context, options, [&](timed::tcp_stream stream) {
      return serve(std::move(stream), values, limits);
    });
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
