// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Gets a document by HTTP/1.1, by Boost.Beast: with one deadline for the whole request, redirects
// and retries included. Only the lookup of a name may take longer, as the system's resolver cannot
// be interrupted; /etc/resolv.conf bounds its time.
//
// expires_at takes a point in time, so all connections can have the same deadline. That an attempt
// gets less than what is left, so that another one can follow it, is the min() below.

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "support/program.h"
#include "timed/backend.h"
#include "timed/error.h"
#include "timed/tcp_stream.h"

ABSL_FLAG(absl::Duration, deadline, absl::Seconds(30),
          "The time for all but the lookup of a name.");
ABSL_FLAG(absl::Duration, attempt_timeout, absl::Seconds(10), "The time for one attempt.");
ABSL_FLAG(absl::Duration, backoff, absl::Milliseconds(200), "The pause before the first retry.");
ABSL_FLAG(int, retries, 3, "How often to try again after a failure.");
ABSL_FLAG(int, redirects, 5, "How many redirects to follow.");

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using clock_type = timed::tcp_stream::clock_type;
using response = http::response<http::string_body>;

struct url {
  std::string host, port, target;
};

// @return The parts of "http://host[:port][/target]", or of a target on the host `from`. Nothing
//     for a target that is relative to a folder, which is not understood; nor is an IPv6 address.
std::optional<url> parse(std::string text, const url* from = nullptr) {
  text = text.substr(0, text.find('#'));
  if (from != nullptr && text.starts_with('/') && !text.starts_with("//")) {
    return url{from->host, from->port, text};
  }
  const std::string scheme = "http://";
  if (!text.starts_with(scheme)) return {};
  text = text.substr(scheme.size());
  const auto slash = std::min(text.find_first_of("/?"), text.size());
  std::string authority = text.substr(0, slash);
  std::string target = text.substr(slash);
  if (!target.starts_with('/')) target.insert(0, "/");
  const auto colon = authority.find(':');
  if (authority.empty() || colon == 0) return {};
  if (colon == std::string::npos) return url{authority, "80", target};
  return url{authority.substr(0, colon), authority.substr(colon + 1), target};
}

// One request over a connection of its own.
net::awaitable<response> attempt(const url& from, clock_type::time_point deadline) {
  const auto executor = co_await net::this_coro::executor;
  net::ip::tcp::resolver resolver(executor);
  const auto endpoints = co_await resolver.async_resolve(from.host, from.port, net::use_awaitable);

  timed::tcp_stream stream(executor);
  stream.expires_at(deadline);
  co_await stream.async_connect(endpoints, net::use_awaitable);
  http::request<http::empty_body> request(http::verb::get, from.target, 11);
  request.set(http::field::host, from.host + ":" + from.port);
  request.set(http::field::user_agent, "timed_stream example");
  request.keep_alive(false);
  co_await http::async_write(stream, request, net::use_awaitable);
  boost::beast::flat_buffer received;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64 * 1024 * 1024);
  co_await http::async_read(stream, received, parser, net::use_awaitable);
  co_return parser.release();
}

// @return Whether another attempt may succeed.
bool may_pass(const timed::error_code& error) {
  if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
    return error == http::error::end_of_stream || error == http::error::partial_message;
  }
  return error != net::error::operation_aborted &&  // SIGTERM
         error != net::error::host_not_found && error != net::error::service_not_found;
}

// The same again after failures that may pass, with pauses that double, at random so that many
// clients do not come back at the same moment.
net::awaitable<response> attempts(const url& from, clock_type::time_point deadline) {
  auto pause = support::milliseconds_of(FLAGS_backoff);
  std::mt19937 random(std::random_device{}());
  for (int left = absl::GetFlag(FLAGS_retries);; --left) {
    try {
      const auto until = clock_type::now() + support::milliseconds_of(FLAGS_attempt_timeout);
      response got = co_await attempt(from, std::min(deadline, until));
      if (got.result_int() < 500 || left == 0) co_return got;
      LOG(WARNING) << from.host << ": status " << got.result_int();
    } catch (const boost::system::system_error& error) {
      LOG(WARNING) << from.host << ": " << error.code().message();
      if (!may_pass(error.code()) || left == 0) throw;
    }
    std::uniform_int_distribution<long> jittered(pause.count() / 2, pause.count());
    const auto next = clock_type::now() + std::chrono::milliseconds(jittered(random));
    if (next >= deadline) throw boost::system::system_error(timed::error::timeout);
    timed::backend::steady_timer timer(co_await net::this_coro::executor, next);
    co_await timer.async_wait(net::use_awaitable);
    pause *= 2;
  }
}

net::awaitable<int> get(url from) {
  const auto deadline = clock_type::now() + support::milliseconds_of(FLAGS_deadline);
  for (int left = absl::GetFlag(FLAGS_redirects);; --left) {
    const response got = co_await attempts(from, deadline);
    const auto location = got.find(http::field::location);
    if (got.result_int() / 100 != 3 || location == got.end()) {
      std::cout << got.body() << std::flush;
      LOG(INFO) << "status " << got.result_int();
      co_return got.result_int() / 100 == 2 ? 0 : 1;
    }
    const auto next = parse(std::string(location->value()), &from);
    if (left == 0 || !next) {
      LOG(ERROR) << "not followed: a redirect to " << location->value();
      co_return 1;
    }
    LOG(INFO) << "redirected to " << location->value();
    from = *next;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = support::start_program(
      "Writes the document of an http:// URL to standard output.", argc, argv);
  const auto from = arguments.size() == 1 ? parse(arguments[0]) : std::nullopt;
  if (!from) {
    LOG(ERROR) << "One argument is needed: http://HOST[:PORT][/TARGET]. --help lists the flags.";
    return 2;
  }
  int status = 1;
  try {
    timed::backend::io_context context;
    net::cancellation_signal stop;
    net::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](auto error, int) {
      if (error) return;
      signals.clear();  // another one ends the program at once, even during a lookup
      stop.emit(net::cancellation_type::terminal);
    });
    net::co_spawn(context, get(*from),
                  net::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, int got) {
                    signals.cancel();
                    if (thrown) std::rethrow_exception(thrown);
                    status = got;
                  }));
    context.run();
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
  }
  return status;
}
