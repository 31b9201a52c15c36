// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A chat over WebSocket, by Boost.Beast: a server that passes on what each client says to all of
// them, and (with --connect) a client that sends lines of its input and prints what it receives.
//
// Beast's WebSocket bounds the handshakes, and the silence of a peer, by pings. The stream below it
// bounds each write: a peer that takes nothing is disconnected. What waits to be written is bounded
// by the size of a channel: a member whose channel is full is disconnected.

#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/channel_error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "support/program.h"
#include "support/server.h"
#include "timed/backend.h"
#include "timed/tcp_stream.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "The address to listen on, or to connect to.");
ABSL_FLAG(std::uint16_t, port, 7777, "The port to listen on, or to connect to.");
ABSL_FLAG(bool, connect, false, "To be a client.");
ABSL_FLAG(std::string, name, "guest", "The client's name.");
ABSL_FLAG(absl::Duration, handshake_timeout, absl::Seconds(5), "The time to connect and to end.");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Minutes(1), "How long a peer may leave pings open.");
ABSL_FLAG(absl::Duration, write_timeout, absl::Seconds(10), "How long a peer may take nothing.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(2), "The time for clients to end after SIGTERM.");

namespace {

namespace net = support::net;
namespace websocket = boost::beast::websocket;
using support::as_result;
using namespace std::chrono_literals;

using ws_stream = websocket::stream<timed::tcp_stream>;
using message = std::shared_ptr<const std::string>;
using channel = net::experimental::channel<void(timed::error_code, message)>;

constexpr std::size_t queued_messages_max = 1024;  // of 4 KiB at most: a burst is not slowness
constexpr std::size_t message_size_max = 4096;

ws_stream on(timed::tcp_stream stream, boost::beast::role_type role) {
  stream.write_timeout(support::milliseconds_of(FLAGS_write_timeout));
  ws_stream ws(std::move(stream));
  auto limits = websocket::stream_base::timeout::suggested(role);
  limits.handshake_timeout = support::milliseconds_of(FLAGS_handshake_timeout);
  limits.idle_timeout = support::milliseconds_of(FLAGS_idle_timeout);
  limits.keep_alive_pings = true;
  ws.set_option(limits);
  ws.read_message_max(message_size_max);
  ws.text(true);
  return ws;
}

net::awaitable<void> read_all(ws_stream& ws, std::function<void(std::string)> received) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    const auto [error, size] = co_await ws.async_read(buffer, as_result);
    if (error) {
      LOG(INFO) << "read: " << error.message();
      co_return;
    }
    if (!ws.got_text()) {  // what is passed on as text has to be text
      LOG(INFO) << "read: a message that is not text";
      co_return;
    }
    received(boost::beast::buffers_to_string(buffer.data()));
    buffer.clear();
  }
}

// Writes what is sent to the channel; ends WebSocket when that is closed.
net::awaitable<void> write_all(ws_stream& ws, channel& outbox, websocket::close_code at_end) {
  for (;;) {
    const auto [no_more, next] = co_await outbox.async_receive(as_result);
    if (no_more == net::experimental::error::channel_closed) {
      co_await ws.async_close(at_end, as_result);
    }
    if (no_more) co_return;
    const auto [error, size] = co_await ws.async_write(net::buffer(*next), as_result);
    if (error) co_return;
  }
}

struct member {
  ws_stream ws;
  channel outbox{ws.get_executor(), queued_messages_max};
};

// The clients that are connected.
class room {
 public:
  net::awaitable<void> serve(timed::tcp_stream stream) {
    using namespace net::experimental::awaitable_operators;
    member self{on(std::move(stream), boost::beast::role_type::server)};
    const auto [error] = co_await self.ws.async_accept(as_result);
    if (error) {
      LOG(INFO) << "handshake: " << error.message();
      co_return;
    }
    members_.insert(&self);
    LOG(INFO) << "joined; " << members_.size() << " members";
    co_await (read_all(self.ws, [this](std::string text) { say(std::move(text)); }) ||
              write_all(self.ws, self.outbox, websocket::close_code::going_away));
    members_.erase(&self);
    LOG(INFO) << "left; " << members_.size() << " members";
  }

  void close() {
    for (member* each : members_) each->outbox.close();
  }

 private:
  void say(std::string text) {
    const auto shared = std::make_shared<const std::string>(std::move(text));
    std::erase_if(members_, [&](member* each) {
      // After close(), the queue takes no more; those members are about to end in order.
      if (each->outbox.try_send(timed::error_code(), shared) || !each->outbox.is_open()) {
        return false;
      }
      LOG(WARNING) << "a member is too slow";
      boost::beast::get_lowest_layer(each->ws).close();  // which ends its session
      return true;
    });
  }

  std::set<member*> members_;
};

// Sends to the channel of another thread; waits while it is full.
void send(std::stop_token stop, const net::any_io_executor& executor, channel& outbox,
          const std::string& line) {
  const auto text = std::make_shared<const std::string>(line);
  while (!stop.stop_requested()) {
    std::future<bool> sent =
        net::post(executor, std::packaged_task<bool()>([&outbox, text] {
                    return outbox.try_send(timed::error_code(), text) || !outbox.is_open();
                  }));
    while (sent.wait_for(100ms) != std::future_status::ready) {
      if (stop.stop_requested()) return;  // nothing may run there any more
    }
    if (sent.get()) return;
    std::this_thread::sleep_for(10ms);
  }
}

// Sends lines of standard input to the channel, from a thread of its own, and closes it at the end.
// A line that is too long for the server becomes several messages.
void read_input(std::stop_token stop, const net::any_io_executor& executor, channel& outbox) {
  std::array<char, 1024> memory{};
  std::string line = absl::GetFlag(FLAGS_name) + ": ";
  const auto prefix = line.size();
  while (!stop.stop_requested()) {
    ::pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 100) <= 0) continue;
    const auto size = ::read(STDIN_FILENO, memory.data(), memory.size());
    if (size <= 0) break;
    for (const char c : std::string_view(memory.data(), static_cast<std::size_t>(size))) {
      if (c != '\n') line += c;
      if (c != '\n' && line.size() < message_size_max) continue;
      if (line.size() > prefix) send(stop, executor, outbox, line);
      line.resize(prefix);
    }
  }
  if (line.size() > prefix) send(stop, executor, outbox, line);  // without an end of line
  net::post(executor, [&outbox] { outbox.close(); });
}

net::awaitable<void> chat(net::ip::tcp::endpoint server, channel& outbox) {
  using namespace net::experimental::awaitable_operators;
  timed::tcp_stream stream(outbox.get_executor());
  stream.expires_after(support::milliseconds_of(FLAGS_handshake_timeout));
  co_await stream.async_connect(server, net::use_awaitable);
  stream.expires_never();  // from here on WebSocket's timeouts count
  auto ws = on(std::move(stream), boost::beast::role_type::client);
  co_await ws.async_handshake(server.address().to_string(), "/", net::use_awaitable);
  LOG(INFO) << "connected";
  bool ended_by_server = false;
  const auto receive = [&]() -> net::awaitable<void> {
    co_await read_all(ws, [](std::string text) { std::cout << text << std::endl; });
    ended_by_server = outbox.is_open();
    outbox.close();  // which ends write_all
  };
  co_await (receive() && write_all(ws, outbox, websocket::close_code::normal));
  if (ended_by_server) throw std::runtime_error("the server has ended the connection");
}

}  // namespace

int main(int argc, char** argv) {
  support::start_program("A chat over WebSocket: server, or client with --connect.", argc, argv);
  try {
    const net::ip::tcp::endpoint server(net::ip::make_address(absl::GetFlag(FLAGS_address)),
                                        absl::GetFlag(FLAGS_port));
    timed::backend::io_context context;
    if (!absl::GetFlag(FLAGS_connect)) {
      room members;
      support::server_options options{server, support::milliseconds_of(FLAGS_grace),
                                      [&] { members.close(); }};
      support::run_server(context, options, [&](timed::tcp_stream stream) {
        return members.serve(std::move(stream));
      });
      return 0;
    }
    channel outbox(context.get_executor(), queued_messages_max);
    net::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const timed::error_code& error, int) {
      if (!error) outbox.close();
    });
    std::jthread input(read_input, net::any_io_executor(context.get_executor()), std::ref(outbox));
    net::co_spawn(context, chat(server, outbox), [&](std::exception_ptr thrown) {
      signals.cancel();
      input.request_stop();
      if (thrown) std::rethrow_exception(thrown);
    });
    context.run();
    return 0;
  } catch (const std::exception& failure) {
    LOG(ERROR) << failure.what();
    return 1;
  }
}
