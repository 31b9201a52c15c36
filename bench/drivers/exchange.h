// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_DRIVERS_EXCHANGE_H
#define TIMED_BENCH_DRIVERS_EXCHANGE_H

#include <exception>
#include <stdexcept>

#include "bench/drivers/any_server.h"

namespace timed::bench {

/// Has a client make requests, and a server answer them.
///
/// @param client `closed_loop_client` or `open_loop_client`.
/// @param order Says which requests.
/// @param serve Called with the server, to answer them.
/// @return What the client reports.
/// @throws std::runtime_error if an answer is wrong or missing; it has the reasons of both.
auto exchange(auto& client, const auto& order, any_server& server, auto serve) {
  client.begin(order);
  try {
    serve(server);
  } catch (const std::exception& failure) {
    throw std::runtime_error(failure.what() + ("; the client: " + client.failure()));
  }
  try {
    return client.await_end();
  } catch (const std::exception& failure) {
    throw std::runtime_error(failure.what() + server.state());
  }
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_DRIVERS_EXCHANGE_H
