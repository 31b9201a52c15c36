// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Connects to a host whose firewall refuses some ports.
//
//   refused_connects listen ADDRESS PORT               accepts connections until it is killed
//   refused_connects ADDRESS PORT REFUSED_PORT...      fails unless the refused ones are reported
//
// check.sh runs it.

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "timed/backend.h"
#include "timed/tcp_stream.h"

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using namespace std::chrono_literals;

tcp::endpoint endpoint_of(const char* address, const char* port) {
  return {net::ip::make_address(address), static_cast<unsigned short>(std::atoi(port))};
}

void accept_all(const tcp::endpoint& at) {
  timed::backend::io_context context;
  timed::backend::basic_acceptor<tcp> acceptor(context, at);
  std::puts("listening");
  std::fflush(stdout);
  const std::function<void()> accept = [&] {
    acceptor.async_accept([&](error_code, auto) { accept(); });
  };
  accept();
  context.run();
}

bool is_refusal(const error_code& ec) {
  return ec == net::error::connection_refused || ec == net::error::host_unreachable;
}

bool check(bool is_right, const std::string& what, const error_code& ec) {
  std::printf("%s: %s: %s\n", is_right ? "ok" : "FAIL", what.c_str(), ec.message().c_str());
  return is_right;
}

bool connects_as_it_should(const tcp::endpoint& good, const tcp::endpoint& refused) {
  const std::string name = "port " + std::to_string(refused.port());
  timed::backend::io_context context;
  std::optional<error_code> one, range;
  tcp::endpoint reached;
  timed::tcp_stream first(context), second(context);
  first.expires_after(20s);
  first.async_connect(refused, [&](error_code ec) { one = ec; });
  second.expires_after(20s);
  second.async_connect(std::vector{refused, good}, [&](error_code ec, const tcp::endpoint& to) {
    range = ec;
    reached = to;
  });
  context.run();
  error_code sync;
  timed::tcp_stream third(context);
  third.connect(refused, sync);
  bool is_right = check(is_refusal(one.value()), name, *one);
  is_right &= check(is_refusal(sync), name + ", synchronously", sync);
  is_right &= check(!range.value() && reached == good, name + ", and then another", *range);
  error_code ec;
  is_right &= check(second.socket().remote_endpoint(ec) == good, "which is connected", ec);
  return is_right;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 4) throw std::invalid_argument("refused_connects ADDRESS PORT REFUSED_PORT...");
    if (std::string(argv[1]) == "listen") {
      accept_all(endpoint_of(argv[2], argv[3]));
      return 1;
    }
    std::printf("%s\n", std::string(timed::backend::name()).c_str());
    bool are_right = true;
    for (int i = 3; i < argc; ++i) {
      are_right &=
          connects_as_it_should(endpoint_of(argv[1], argv[2]), endpoint_of(argv[1], argv[i]));
    }
    return are_right ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 2;
  }
}
