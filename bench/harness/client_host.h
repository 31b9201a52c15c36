// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#ifndef TIMED_BENCH_HARNESS_CLIENT_HOST_H
#define TIMED_BENCH_HARNESS_CLIENT_HOST_H

#include <cstddef>
#include <string>
#include <string_view>

namespace timed::bench {

/// @return Whether it is "HOST:PORT".
inline bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon != 0 && colon + 1 != text.size();
}

/// The host on which the clients of a benchmark run, by its //bench:client, as "HOST:PORT"; empty
/// if they are processes of this one. Set at the start of the program.
inline std::string& client_host() {
  static std::string host;
  return host;
}

}  // namespace timed::bench

#endif  // TIMED_BENCH_HARNESS_CLIENT_HOST_H
