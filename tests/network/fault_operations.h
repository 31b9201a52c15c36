// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// Operations that several cases start.

#ifndef TIMED_TESTS_NETWORK_FAULT_OPERATIONS_H
#define TIMED_TESTS_NETWORK_FAULT_OPERATIONS_H

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/network/scenario.h"

namespace timed::tests::network {

/// More than the buffers of a connection take.
inline const std::vector<char>& more_than_fits() {
  static const std::vector<char> bytes(256 << 20, 'm');
  return bytes;
}

inline auto read_into(scenario& with, char& byte) {
  return
      [&](auto handler) { with.stream.async_read_some(net::buffer(&byte, 1), std::move(handler)); };
}

/// A composed write that does not end before the peer reads.
inline auto write_without_end(scenario& with) {
  return [&](auto handler) {
    net::async_write(with.stream, net::buffer(more_than_fits()), std::move(handler));
  };
}

/// Sends text by way of an echoing peer.
inline void send_and_receive(scenario& with, const std::string& text) {
  const outcome written = with.result_of(
      [&](auto handler) { net::async_write(with.stream, net::buffer(text), std::move(handler)); });
  demand(!written.ec, "cannot write: " + written.ec.message());
  std::string answer(text.size(), '\0');
  const outcome read = with.result_of(
      [&](auto handler) { net::async_read(with.stream, net::buffer(answer), std::move(handler)); });
  demand(!read.ec, "cannot read: " + read.ec.message());
  demand(answer == text, "other bytes come than were sent");
}

}  // namespace timed::tests::network

#endif  // TIMED_TESTS_NETWORK_FAULT_OPERATIONS_H
