// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "support/server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "support/program.h"

namespace support {
namespace {

using tcp_acceptor = timed::backend::basic_acceptor<net::ip::tcp>;

net::awaitable<void> accept_all(tcp_acceptor& acceptor, sessions& open,
                                std::function<net::awaitable<void>(timed::tcp_stream)>& session) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (!acceptor.is_open()) co_return;
    if (error) {  // too many open files, or a client that has gone: the next one may do better
      LOG(WARNING) << "accept: " << error.message();
      timed::backend::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(as_result);
      continue;
    }
    open.start(acceptor.get_executor(), session(timed::tcp_stream(std::move(socket))));
  }
}

void log_exception(const std::exception_ptr& thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    LOG(WARNING) << "session: " << failure.what();
  }
}

}  // namespace

void sessions::start(const net::any_io_executor& executor, net::awaitable<void> session) {
  const auto self = open_.emplace(open_.end());
  net::co_spawn(executor, std::move(session),
                net::bind_cancellation_slot(self->slot(), [this, self](std::exception_ptr thrown) {
                  log_exception(thrown);
                  open_.erase(self);
                  if (open_.empty()) on_empty();
                }));
}

void sessions::cancel() {
  for (auto& each : open_) each.emit(net::cancellation_type::terminal);
}

void run_server(timed::backend::io_context& context, server_options options,
                std::function<net::awaitable<void>(timed::tcp_stream)> session) {
  sessions open;
  tcp_acceptor acceptor(context, options.listen_on);
  timed::backend::steady_timer grace(context.get_executor());
  net::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](const timed::error_code& error, int) {
    if (error) return;
    LOG(INFO) << "ending";
    acceptor.close();
    options.on_stop();
    if (open.empty()) return;
    open.on_empty = [&] { grace.cancel(); };
    grace.expires_after(options.grace);
    grace.async_wait([&](const timed::error_code&) { open.cancel(); });
  });
  net::co_spawn(context, accept_all(acceptor, open, session), net::detached);
  LOG(INFO) << "listening on port " << acceptor.local_endpoint().port() << ", on "
            << timed::backend::name();
  context.run();  // until nothing is left to wait for
  LOG(INFO) << "ended";
}

}  // namespace support
