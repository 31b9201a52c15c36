// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Shows each kind of deadline in real time.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

#include "deadlines/deadlines.h"
#include "support/program.h"
#include "timed/backend.h"
#include "timed/tcp_stream.h"

ABSL_FLAG(absl::Duration, unit, absl::Milliseconds(200), "What the times are multiples of.");

namespace {

namespace net = deadlines::net;
using clock_type = timed::tcp_stream::clock_type;
using acceptor = timed::backend::basic_acceptor<net::ip::tcp>;

// Sends a byte each `unit`, and takes nothing.
net::awaitable<void> be_slow(timed::tcp_stream peer, deadlines::duration unit) {
  timed::backend::steady_timer timer(co_await net::this_coro::executor);
  for (int i = 0; i < 4; ++i) {
    timer.expires_after(unit);
    co_await timer.async_wait(net::use_awaitable);
    co_await peer.async_write_some(net::buffer("x", 1), net::as_tuple(net::use_awaitable));
  }
  timer.expires_after(10 * unit);
  co_await timer.async_wait(net::use_awaitable);
}

void report(std::string_view name, clock_type::time_point started, const deadlines::outcome& how) {
  const auto taken =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - started);
  std::cout << name << ": " << how.bytes << " bytes in " << taken.count() << " ms; the stream is "
            << (how.open ? "open" : "closed") << "; "
            << (how.error ? how.error.message() : "success") << std::endl;
}

net::awaitable<void> show(deadlines::duration unit) {
  const auto executor = co_await net::this_coro::executor;
  acceptor listener(executor, {net::ip::address_v4::loopback(), 0});
  using function = net::awaitable<deadlines::outcome> (*)(timed::tcp_stream&, deadlines::duration);
  const std::pair<std::string_view, function> functions[] = {
      {"for the whole exchange", deadlines::for_the_whole_exchange},
      {"for each read", deadlines::for_each_read},
      {"for each operation", deadlines::for_each_operation},
      {"for one operation", deadlines::for_one_operation},
      {"moved while outstanding", deadlines::moved_while_outstanding},
      {"for each write", deadlines::for_each_write},
  };
  for (const auto& [name, deadline] : functions) {
    timed::tcp_stream stream(executor);
    co_await stream.async_connect(listener.local_endpoint(), net::use_awaitable);
    timed::tcp_stream peer(co_await listener.async_accept(net::use_awaitable));
    net::co_spawn(executor, be_slow(std::move(peer), unit), net::detached);
    const auto started = clock_type::now();
    report(name, started, co_await deadline(stream, unit));
  }
}

// The thread blocks, so that the peer is in another one.
void show_synchronous(deadlines::duration unit) {
  timed::backend::io_context context;
  acceptor listener(context, {net::ip::address_v4::loopback(), 0});
  timed::tcp_stream stream(context);
  stream.connect(listener.local_endpoint());
  const auto accepted = listener.accept().release();
  std::jthread peer([&] {
    timed::backend::io_context own;
    net::co_spawn(own, be_slow(timed::tcp_stream(own, net::ip::tcp::v4(), accepted), unit),
                  net::detached);
    own.run();
  });
  const auto started = clock_type::now();
  report("for a synchronous read", started, deadlines::for_a_synchronous_read(stream, unit));
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("Shows each kind of deadline, against a peer that is slow.", argc, argv);
  try {
    const auto unit = support::milliseconds_of(FLAGS_unit);
    timed::backend::io_context context;
    net::co_spawn(context, show(unit), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    context.run();
    show_synchronous(unit);
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
